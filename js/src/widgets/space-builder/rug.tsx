// A tick per result, where it lies in the range: shows the gaps at a glance.

import { Fragment } from "preact";

export function Rug({ name, at }: { name: string; at: readonly number[] }) {
  return (
    <span class="rug" role="img" aria-label={`${name}: where results exist`}>
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
        <Fragment>
          {at.map((share, index) => (
            <path
              key={index}
              d={`M${(1 + 98 * share).toFixed(1)} 3V12`}
              stroke="currentColor"
              stroke-width="1"
              opacity=".75"
              vector-effect="non-scaling-stroke"
            />
          ))}
        </Fragment>
      </svg>
    </span>
  );
}
