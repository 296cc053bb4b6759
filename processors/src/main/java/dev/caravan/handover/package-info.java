/**
 * The hand-over as a protocol of its own: what each side does about each event, free of I/O, clocks and threads. Everything
 * that decides asks {@link dev.caravan.handover.Protocol}; a test walks all states that it can come to.
 */
package dev.caravan.handover;
