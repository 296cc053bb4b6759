package dev.caravan.migration;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Fact;
import dev.caravan.session.ProtocolVersion;
import java.nio.file.Path;

/**
 * All that the journal remembers of a migration besides its stages, so that an agent that is restarted can go on. The names
 * are part of the journal's format.
 */
public final class Facts {
    /** Both sides: the other platform's certificate by its owner, DER; its control messages are verified by it. */
    public static final Fact<byte[]> PEER_CERTIFICATE = Fact.ofBytes("peer-certificate");
    /** Both sides: the version of the protocol that they have agreed on. An agent of before versions keeps none: the first. */
    public static final Fact<ProtocolVersion> PROTOCOL = Fact.of("protocol",
            version -> String.valueOf(version.number()), text -> ProtocolVersion.of(Integer.parseInt(text)));
    /** The source: where the container's bundle is, which the runtime soon does not know any more. */
    public static final Fact<Path> BUNDLE = Fact.ofPath("bundle");
    /** The source: the container's network namespace, as it was before the fence. */
    public static final Fact<Path> NAMESPACE = Fact.ofPath("namespace");
    /** The source: what the destination must show once it holds the container. Kept before the end of the stream is sent. */
    public static final Fact<HeldExpectation> HELD_EXPECTATION = Fact.ofJson("held-expectation", HeldExpectation.class);
    /** The destination: it has taken the container's name, files and link here; the value is the container's name. */
    public static final Fact<String> PLACE_TAKEN = Fact.ofText("place-taken");
    /** The destination: what it has received, kept before it is restored. */
    public static final Fact<Received> RECEIVED = Fact.ofJson("received", Received.class);
    /** The destination: what the source is told once the container is held. */
    public static final Fact<Held> HELD = Fact.ofJson("held", Held.class);

    /** Both sides: the label of the mode; without it {@code stopcopy}. */
    public static final Fact<String> MODE = Fact.ofText("mode");

    private Facts() {
    }
}
