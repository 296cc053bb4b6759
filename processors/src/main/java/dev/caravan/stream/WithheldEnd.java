package dev.caravan.stream;

/**
 * The end of a message, sealed and not yet sent.
 *
 * @param digest of all that was sent, the end included
 * @param sender sends it
 */
public record WithheldEnd(byte[] digest, Runnable sender) {

    /** Lets it leave; once. */
    public void send() {
        sender.run();
    }
}
