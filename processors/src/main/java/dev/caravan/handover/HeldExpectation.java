package dev.caravan.handover;

/**
 * What the destination must show once it holds the container. The source journals it before the end of the stream is sent: a source
 * that loses its own copy then, because its machine was restarted, can still tell that the destination has the container,
 * and commit. None of it is secret.
 *
 * @param streamDigest   SHA-256 over all that was sent
 * @param extraData      what the destination's second quote must be bound to
 * @param firstEvidence  the evidence that the destination was trusted for
 * @param firstExtraData what the quote in it was bound to
 */
public record HeldExpectation(byte[] streamDigest, byte[] extraData, byte[] firstEvidence, byte[] firstExtraData) {

    public HeldExpectation {
        if (streamDigest == null || extraData == null || firstEvidence == null || firstExtraData == null) {
            throw new IllegalArgumentException("a part is missing");
        }
    }
}
