package dev.caravan.control;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.caravan.journal.Role;
import dev.caravan.session.ProtocolVersion;
import java.util.Locale;

/** The kinds of control message, in the order in which a migration uses them. */
public enum ControlType {
    /** Source to destination: the signed request, the source's half of the handshake and its certificates. */
    ATTEST_OFFER,
    /** Destination to source: the other half, and the destination's evidence. */
    ATTEST_ANSWER,
    /** Source to destination: the source's evidence, sent once it found the destination affirming. */
    ATTEST_PROOF,
    /** Destination to source: the source is affirming too; the session stands. */
    ATTESTED,
    /** Destination to source: room, name and mounts are there. */
    PREPARED,
    /** Destination to source: the root file system has arrived. */
    SYNCED,
    /** Destination to source: every process is restored and held at the commit gate. */
    HELD,
    /** Source to destination: the commit is journalled, open the gate. */
    COMMIT,
    /** Destination to source: the container runs here. */
    RUNNING,
    /** Source to destination: the source's copy is gone; forget keys and images. */
    RELEASED,
    /** Either side, before the commit: give up; the body says why. */
    ABORT,
    /**
     * Destination to source, in doubt: was it committed? From the second version on also source to destination: what is held?
     * A destination of the first takes that for the other question, and says that nothing was committed.
     */
    QUERY,
    /** Destination to source, after the commit: the restored container did not come to life. */
    LOST;

    private final ProtocolVersion since;

    ControlType() {
        this(ProtocolVersion.V1);
    }

    ControlType(ProtocolVersion since) {
        this.since = since;
    }

    /** The first version of the protocol in which that side may say it. */
    public ProtocolVersion since(Role sender) {
        return this == QUERY && sender == Role.SOURCE ? ProtocolVersion.V2 : since;
    }

    /** The type's name in JSON, for example {@code attest-offer}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
