package dev.caravan.stream;

/**
 * A batch as it travels. Sent again, it is sent as it is: sealing the content a second time under the same number would
 * spend a nonce twice.
 *
 * @param number its number
 * @param wire   header and sealed records
 */
public record SealedBatch(long number, byte[] wire) {

    @Override
    public String toString() {
        return "SealedBatch[" + number + ", " + wire.length + " bytes]";
    }
}
