// What a widget says when no kernel answers, and the way on.

import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button } from "./controls";
import { kernelState, onKernelChange, startKernel } from "./kernel";

interface Props {
  /** What stays true: "Values are as saved." */
  stays: string;
  /** How the session comes back. */
  way?: string;
}

export function KernelBanner({ stays, way = "Run the cell again to go on." }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [kernel, setKernel] = useState(() => "unknown");
  useEffect(() => {
    const look = () => setKernel(kernelState(root.current));
    look();
    return onKernelChange(document, look);
  }, []);
  const missing = kernel === "none" || kernel === "starting";
  return (
    <div class="gone" ref={root}>
      <Banner
        kind="info"
        title={kernel === "running" ? "This kernel is a new one." : kernel === "starting" ? "The kernel is starting." : "Kernel not running."}
        text={`${stays} ${way}`}
      >
        {missing && (
          <Button small disabled={kernel === "starting"} onClick={() => startKernel(root.current)}>Start kernel</Button>
        )}
      </Banner>
    </div>
  );
}
