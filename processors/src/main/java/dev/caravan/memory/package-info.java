/**
 * Memory images: {@link dev.caravan.memory.ImageSender} and {@link dev.caravan.memory.ImageReceiver} move a directory of
 * CRIU images over the stream of batches while CRIU still writes them.
 */
package dev.caravan.memory;
