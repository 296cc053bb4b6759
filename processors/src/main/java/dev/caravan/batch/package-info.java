/**
 * Batches: numbered, compressed, encrypted groups of memory pages or file chunks, and the reliable stream made of them.
 *
 * <p>{@link dev.caravan.batch.BatchChannel} is the way in: one a side and session, over any transport that carries byte
 * arrays and may lose, delay, repeat, reorder or forge them. {@link dev.caravan.batch.ImageSender} and
 * {@link dev.caravan.batch.ImageReceiver} move a directory of CRIU images over it while CRIU still writes them;
 * {@link dev.caravan.batch.MessageJoiner} carries all else. The wire format is told in
 * {@link dev.caravan.batch.BatchHeader}.
 */
package dev.caravan.batch;
