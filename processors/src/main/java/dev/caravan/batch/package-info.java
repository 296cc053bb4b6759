/** Batches: numbered, compressed, encrypted groups of memory pages or file chunks. */
package dev.caravan.batch;
