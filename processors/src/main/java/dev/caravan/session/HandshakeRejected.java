package dev.caravan.session;

/**
 * The peer's part of the handshake is not acceptable: no session comes of it.
 *
 * <p>The message is one sentence for the audit record and names no secret. Nothing the same peer sends again under the
 * same handshake can mend it; a new attempt needs a new {@link Handshake}.
 */
public class HandshakeRejected extends Exception {

    private static final long serialVersionUID = 1L;

    public HandshakeRejected(String reason) {
        super(reason);
    }

    public HandshakeRejected(String reason, Throwable cause) {
        super(reason, cause);
    }
}
