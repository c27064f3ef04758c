import { createCRC32 } from "hash-wasm";
import { PbfWriter } from "pbf";

/** What an event of TensorBoard can say here. */
export type TensorBoardEvent =
  /** First of a file: the version of the format. */
  | { kind: "version" }
  /** What earlier files say of this step and later ones no longer holds. */
  | { kind: "start"; step: number }
  /** Numbers, by their tags. */
  | { kind: "scalars"; step: number; scalars: Readonly<Record<string, number>> };

/**
 * Makes what encodes events as records of a TensorBoard event file.
 *
 * A record is the length of its data (uint64), the masked CRC-32C of these eight bytes (uint32), the data, and its masked CRC-32C, all
 * little-endian; the data are an `Event` of TensorFlow's `event.proto`.
 */
export async function createEventEncoder(): Promise<(event: TensorBoardEvent, seconds: number) => Uint8Array> {
  const hasher = await createCRC32(0x82f63b78);
  const maskedChecksum = (bytes: Uint8Array): number => {
    const digest = hasher.init().update(bytes).digest("binary");
    const crc = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
    // A checksum of data that hold checksums is no good: TensorFlow rotates it and adds a constant.
    return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  };
  return (event, seconds) => {
    const data = encodeEvent(event, seconds);
    const record = new Uint8Array(data.length + 16);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(data.length), true);
    view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
    record.set(data, 12);
    view.setUint32(12 + data.length, maskedChecksum(data), true);
    return record;
  };
}

/** Field numbers of `event.proto` and `summary.proto`. */
const fields = {
  event: { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 },
  summary: { value: 1 },
  value: { tag: 1, simpleValue: 2 },
  sessionLog: { status: 1 },
} as const;

/** `SessionLog.SessionStatus.START` */
const sessionStarts = 1;

function encodeEvent(event: TensorBoardEvent, seconds: number): Uint8Array {
  const writer = new PbfWriter();
  writer.writeDoubleField(fields.event.wallTime, seconds);
  if (event.kind === "version") {
    writer.writeStringField(fields.event.fileVersion, "brain.Event:2");
    return writer.finish();
  }
  writer.writeVarintField(fields.event.step, event.step);
  if (event.kind === "start") {
    const writeStatus = (status: number, to: PbfWriter): void => to.writeVarintField(fields.sessionLog.status, status);
    writer.writeMessage(fields.event.sessionLog, writeStatus, sessionStarts);
  } else {
    writer.writeMessage(fields.event.summary, writeSummary, event.scalars);
  }
  return writer.finish();
}

function writeSummary(scalars: Readonly<Record<string, number>>, to: PbfWriter): void {
  for (const scalar of Object.entries(scalars)) to.writeMessage(fields.summary.value, writeValue, scalar);
}

function writeValue([tag, value]: [string, number], to: PbfWriter): void {
  to.writeStringField(fields.value.tag, tag);
  to.writeFloatField(fields.value.simpleValue, value);
}
