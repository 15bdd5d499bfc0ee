// One variable, closed: icon, name, where results lie, range or chips.

import { Icon, type IconName } from "../../lib/controls";
import { isRanged, rowName, type VariableView } from "./forms";
import { Rug } from "./rug";

const MAX_CHIPS = 4;

interface Props {
  view: VariableView;
  tabIndex: number;
  onOpen(): void;
  onFocus(): void;
  onKeyDown(event: KeyboardEvent): void;
  onDragStart(event: PointerEvent): void;
}

export function VariableRow({ view, tabIndex, onOpen, onFocus, onKeyDown, onDragStart }: Props) {
  const { form, tags = [] } = view;
  const special = tags.join(", ");
  return (
    <button
      type="button"
      class="vr"
      aria-label={rowName(view)}
      aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
      title={form.description || `Edit ${form.name}`}
      tabIndex={tabIndex}
      data-focus={`row:${form.name}`}
      onClick={onOpen}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <span class="grip" title="Drag to reorder" onPointerDown={onDragStart}>
        <Icon name={form.kind as IconName} />
      </span>
      <span class="nt">
        <span class="trunc n">{form.name}</span>
        {special && (
          <span class="cap" title={special}>
            {special}
          </span>
        )}
      </span>
      <Rug name={form.name} at={view.rug} />
      <span class="rg">
        {isRanged(form.kind) ? (
          <>
            {view.low ? `${view.low} – ${view.high}` : "any"}
            {form.unit && <span class="u">{` ${form.unit}`}</span>}
          </>
        ) : (
          <Values values={form.values} unit={form.unit} />
        )}
      </span>
    </button>
  );
}

function Values({ values, unit }: { values: readonly string[]; unit: string }) {
  const shown = values.slice(0, values.length > MAX_CHIPS ? MAX_CHIPS - 1 : MAX_CHIPS);
  return (
    <span class="chips">
      {shown.map((value) => (
        <span key={value} class="chip">
          <span class="trunc">{value}</span>
        </span>
      ))}
      {values.length > shown.length && <span class="cap">{`+${values.length - shown.length}`}</span>}
      {unit && <span class="u">{` ${unit}`}</span>}
    </span>
  );
}
