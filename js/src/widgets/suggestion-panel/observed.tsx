// Observed variables: what they read now. A value that is left empty is the one measured last.

import { KeptText } from "../../lib/kept-text";
import type { ObservedView } from "./types";

interface Props {
  observed: readonly ObservedView[];
  readOnly: boolean;
  /** Refused where the text is no value of the variable. */
  onObserve(name: string, text: string): Promise<unknown>;
}

export function Observed({ observed, readOnly, onObserve }: Props) {
  return (
    <>
      {observed.map((item) => (
        <KeptText
          key={item.name}
          class="full"
          label={
            <>
              {`${item.name} now`}
              {item.unit && <span class="pu">{` ${item.unit}`}</span>}
            </>
          }
          text={item.text}
          placeholder={item.last && `${item.last}, as measured last`}
          readOnly={readOnly}
          onKeep={(text) => onObserve(item.name, text)}
        />
      ))}
    </>
  );
}
