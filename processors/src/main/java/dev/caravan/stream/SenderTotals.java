package dev.caravan.stream;

/**
 * What a sender has done so far.
 *
 * @param batches       batches sealed
 * @param plainBytes    content of these
 * @param wireBytes     sealed bytes of these, each batch counted once
 * @param resent        batches sent again, as often as they were
 * @param resentBytes   sealed bytes of these
 * @param inFlightBytes sealed bytes sent and not acknowledged, now
 */
public record SenderTotals(long batches, long plainBytes, long wireBytes, long resent, long resentBytes,
        long inFlightBytes) {
}
