import { BackendError } from "@ddl/core";
import { engine, getBackend } from "@tensorflow/tfjs-core";

/** What a device of WebGPU tells of its end. */
interface Device {
  lost: Promise<{ message: string }>;
}

/** Devices that are watched, with what is known of their end. */
const devices = new WeakMap<Device, { loss?: string }>();

function watched(device: Device): { loss?: string } {
  const known = devices.get(device);
  if (known !== undefined) return known;
  const state: { loss?: string } = {};
  devices.set(device, state);
  void device.lost.then(({ message }) => {
    state.loss = `a lost device (${message.trim().replace(/\.$/, "") || "no reason given"})`;
  });
  return state;
}

/** How the backend in use was lost, if it was. A device of WebGPU is watched from the first call on, as it tells of its end only later. */
export function lossOfBackend(): string | undefined {
  const name = getBackend();
  if (name === "webgpu") return watched((engine().backend as unknown as { device: Device }).device).loss;
  if (name !== "webgl") return undefined;
  const { gpgpu } = engine().backend as unknown as { gpgpu: { gl: { isContextLost(): boolean } } };
  return gpgpu.gl.isContextLost() ? "a lost context" : undefined;
}

/** @throws BackendError if the graphics card of the backend in use is gone: results would be zeros, or never come */
export function expectLiveBackend(functionName: string): void {
  const loss = lossOfBackend();
  if (loss === undefined) return;
  const backend = getBackend();
  const advice = "Tensors on it are gone. Choose another backend with tf.setBackend, or load the page again";
  throw new BackendError(`${functionName}: the backend ${backend} must be there; received ${loss}. ${advice}.`, {
    argument: "backend",
    received: loss,
  });
}
