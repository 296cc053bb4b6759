package dev.caravan.stream;

/**
 * A message that came in one batch or several.
 *
 * @param kind  what it is
 * @param round pre-copy round of its last batch
 * @param bytes its content, the receiver's own
 */
public record Message(BatchKind kind, int round, byte[] bytes) {

    @Override
    public String toString() {
        return "Message[" + kind + ", round " + round + ", " + bytes.length + " bytes]";
    }
}
