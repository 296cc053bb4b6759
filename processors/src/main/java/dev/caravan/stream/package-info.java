/**
 * Batches: numbered, compressed, encrypted groups of memory pages or file chunks, and the reliable stream made of them.
 *
 * <p>{@link dev.caravan.stream.BatchChannel} is the way in: one a side and session, over any transport that carries byte
 * arrays and may lose, delay, repeat, reorder or forge them. {@link dev.caravan.stream.MessageJoiner} carries messages that
 * are larger than a batch. The wire format is told in {@link dev.caravan.stream.BatchHeader}.
 */
package dev.caravan.stream;
