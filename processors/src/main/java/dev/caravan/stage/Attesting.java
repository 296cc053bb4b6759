package dev.caravan.stage;

import dev.caravan.attestation.Appraiser;
import dev.caravan.attestation.Evidence;
import dev.caravan.attestation.QuoteRequest;
import dev.caravan.attestation.Verdict;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Attested;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Role;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Received;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.SignedRequest;
import dev.caravan.session.Handshake;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.session.Hello;
import dev.caravan.tpm.Quote;
import dev.caravan.tpm.QuoteRejected;
import dev.caravan.tpm.VerifiedQuote;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.SortedSet;

/** Mutual attestation (routes/docs/how-it-works.md): each side appraises the other before it derives keys. */
public final class Attesting {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Platform platform;
    private final Appraiser appraiser;
    private final PlatformIdentity identity;

    public Attesting(Platform platform, Appraiser appraiser, PlatformIdentity identity) {
        this.platform = platform;
        this.appraiser = appraiser;
        this.identity = identity;
    }

    /** The source opens the handshake; the request goes along so that the destination can verify it too. */
    public Offer offer(SourceMigration migration, SignedRequest request) {
        migration.handshake(Handshake.source(migration.id(), aikChain(), ownerChain(), pcrs(), RANDOM));
        return new Offer(request.bytes(), request.signature(), request.certificate(), migration.handshake().hello());
    }

    /** The destination takes the source's half; returns what its own quote must be of. */
    public QuoteRequest accept(DestinationMigration migration, Offer offer) {
        try {
            migration.handshake(Handshake.destination(offer.hello(), migration.id(), aikChain(), ownerChain(), pcrs(),
                    RANDOM));
            agree(migration);
            return quoteRequest(migration, migration.handshake().extraData(Role.DESTINATION));
        } catch (HandshakeRejected e) {
            throw refused(e);
        }
    }

    /** Both have said which versions of the protocol they speak. */
    private void agree(Migration migration) {
        migration.protocol(migration.handshake().protocol());
        platform.migrations().journal().remember(migration.id(), Facts.PROTOCOL, migration.protocol());
    }

    /** The destination answers with its half and evidence. */
    public Answer answer(DestinationMigration migration, Quote quote) {
        migration.evidence(evidence(quote).toJson());
        return new Answer(migration.handshake().hello(), migration.evidence());
    }

    /** The source appraises the destination; returns what its own quote must be of. */
    public QuoteRequest appraiseDestination(SourceMigration migration, Answer answer) {
        try {
            migration.handshake().receive(answer.hello());
            agree(migration);
        } catch (HandshakeRejected e) {
            throw refused(e);
        }
        Verdict verdict = appraise(answer.evidence(), migration.peer(), answer.hello(),
                migration.handshake().extraData(Role.DESTINATION)).withSafeClock();
        migration.destinationVerdict(verdict);
        migration.destinationEvidence(answer.evidence());
        if (!verdict.affirming()) {
            throw MigrationFailed.refused("destination-contraindicated",
                    migration.destination() + " is not to be trusted: " + String.join("; ", verdict.reasons()));
        }
        return quoteRequest(migration, migration.handshake().extraData(Role.SOURCE));
    }

    /** The source shows its evidence and derives the session; nothing is sent in it before the other side confirms. */
    public Proof prove(SourceMigration migration, Quote quote) {
        byte[] own = evidence(quote).toJson();
        try {
            migration.session(migration.handshake().establish(own, migration.destinationEvidence()));
        } catch (HandshakeRejected e) {
            throw refused(e);
        }
        return new Proof(own, migration.session().confirmation(), side(migration.destinationVerdict()));
    }

    /** The destination appraises the source and derives the session. */
    public void appraiseSource(DestinationMigration migration, Proof proof) {
        migration.destinationSide(proof.destination());
        Hello hello = migration.handshake().peer();
        Verdict verdict = appraise(proof.evidence(), migration.peer(), hello,
                migration.handshake().extraData(Role.SOURCE));
        migration.sourceVerdict(verdict);
        if (!verdict.affirming()) {
            throw MigrationFailed.refused("source-contraindicated",
                    migration.source() + " is not to be trusted: " + String.join("; ", verdict.reasons()));
        }
        try {
            migration.session(migration.handshake().establish(migration.evidence(), proof.evidence()));
            migration.session().requireConfirmation(proof.confirmation());
        } catch (HandshakeRejected e) {
            throw refused(e);
        }
    }

    /** The destination, ready to receive, confirms. */
    public Attested confirm(DestinationMigration migration) {
        return new Attested(migration.session().confirmation(), side(migration.sourceVerdict()));
    }

    /** The source takes the confirmation. */
    public void confirmed(SourceMigration migration, Attested attested) {
        migration.sourceSide(attested.source());
        try {
            migration.session().requireConfirmation(attested.confirmation());
        } catch (HandshakeRejected e) {
            throw refused(e);
        }
    }

    /**
     * The source keeps what the destination must show once it holds the container: before it can.
     *
     * @param sent the digest of all that is sent
     */
    public void expectHeld(SourceMigration migration, byte[] sent) {
        HeldExpectation expected = new HeldExpectation(sent, migration.session().commitExtraData(sent),
                migration.destinationEvidence(), migration.handshake().extraData(Role.DESTINATION));
        platform.migrations().journal().remember(migration.id(), Facts.HELD_EXPECTATION, expected);
        migration.expectation(expected);
    }

    /** The destination keeps what it has received, all of it: it will have to show that it holds just that. */
    public void keepReceived(DestinationMigration migration) {
        byte[] digest = migration.channel().receivedDigest();
        platform.migrations().journal().remember(migration.id(), Facts.RECEIVED, new Received(digest,
                migration.session().commitExtraData(digest), migration.handshake().peer().pcrs()));
    }

    /** What the destination's second quote must be of, once it holds the container. */
    public QuoteRequest requestHeldQuote(DestinationMigration migration) {
        Received received = received(migration);
        return new QuoteRequest(received.extraData(), received.pcrs());
    }

    /** What the destination shows the source once it holds the container. */
    public Held showHeld(DestinationMigration migration, Quote quote) {
        return new Held(evidence(quote).toJson(), received(migration).streamDigest());
    }

    private Received received(DestinationMigration migration) {
        return platform.migrations().journal().recall(migration.id(), Facts.RECEIVED)
                .orElseThrow(() -> new IllegalStateException("the journal has not kept what was received"));
    }

    /**
     * The source appraises the destination again: its second evidence must be of the same platform, unchanged since the
     * first, and over exactly what was sent.
     */
    public void appraiseHeld(SourceMigration migration, Held held) {
        HeldExpectation expected = migration.expectation();
        if (!MessageDigest.isEqual(expected.streamDigest(), held.streamDigest())) {
            throw MigrationFailed.rollBack("stream-digest",
                    migration.destination() + " restored something else than what was sent");
        }
        Evidence first = evidence(expected.firstEvidence(), migration.peer());
        Verdict verdict = appraise(held.evidence(), migration.peer(), first.aikCertificate(),
                first.platformCertificate(), expected.extraData());
        if (!verdict.affirming()) {
            throw changed(migration, String.join("; ", verdict.reasons()));
        }
        try {
            verdict.quote().requireUnchangedSince(firstQuote(migration, first, expected));
        } catch (QuoteRejected e) {
            throw changed(migration, e.getMessage());
        }
    }

    /** As it was found then; after a restart the evidence in the journal tells it once more. */
    private VerifiedQuote firstQuote(SourceMigration migration, Evidence first, HeldExpectation expected) {
        if (migration.destinationVerdict() == null) {
            Verdict verdict = appraiser.appraise(first, migration.peer(), expected.firstExtraData());
            if (!verdict.affirming()) {
                throw changed(migration, String.join("; ", verdict.reasons()));
            }
            migration.destinationVerdict(verdict);
        }
        return migration.destinationVerdict().quote();
    }

    private static MigrationFailed changed(SourceMigration migration, String reason) {
        return MigrationFailed.refused("destination-changed",
                migration.destination() + " is not to be trusted any more: " + reason);
    }

    /** A verdict as reports have it. */
    public static Side side(Verdict verdict) {
        return verdict == null ? Side.NONE : new Side(verdict.label(), verdict.reasons());
    }

    /** The evidence for a quote that this platform's TPM made. */
    public Evidence evidence(Quote quote) {
        return Evidence.of(aikChain().get(0), ownerChain().get(0), quote);
    }

    /** Appraises evidence whose certificates must be those that the handshake was begun with. */
    private Verdict appraise(byte[] json, String name, Hello hello, byte[] extraData) {
        return appraise(json, name, hello.aikChain().get(0), hello.ownerChain().get(0), extraData);
    }

    private Verdict appraise(byte[] json, String name, byte[] aikCertificate, byte[] platformCertificate,
            byte[] extraData) {
        Evidence evidence = evidence(json, name);
        if (!MessageDigest.isEqual(evidence.aikCertificate(), aikCertificate)
                || !MessageDigest.isEqual(evidence.platformCertificate(), platformCertificate)) {
            throw MigrationFailed.refused("bad-evidence", name + " showed other certificates than it began with");
        }
        return appraiser.appraise(evidence, name, extraData);
    }

    private static Evidence evidence(byte[] json, String name) {
        try {
            return Evidence.parse(json);
        } catch (IllegalArgumentException e) {
            throw new MigrationFailed("bad-evidence", name + " showed no evidence: " + e.getMessage(), e);
        }
    }

    /**
     * The key that the other platform signs control messages with.
     *
     * @param certificate DER, from the platform's owner
     */
    public java.security.PublicKey certifiedKey(byte[] certificate, String name) {
        try {
            return appraiser.requirePlatform(certificate, name).getPublicKey();
        } catch (CertificateRejected e) {
            throw MigrationFailed.refused("bad-certificate", name + ": " + e.getMessage());
        } catch (IOException e) {
            throw new MigrationFailed("bad-certificate", name + " showed no certificate: " + e.getMessage(), e);
        }
    }

    /** A quote of the PCRs that the other side asks for. */
    private static QuoteRequest quoteRequest(Migration migration, byte[] extraData) {
        return new QuoteRequest(extraData, migration.handshake().peer().pcrs());
    }

    private SortedSet<Integer> pcrs() {
        return appraiser.policy().selection().indexes();
    }

    private List<byte[]> aikChain() {
        try {
            return List.of(identity.aikCertificate().getEncoded());
        } catch (IOException | GeneralSecurityException e) {
            throw new MigrationFailed("not-enrolled", platform.name() + " is not enrolled: " + e.getMessage(), e);
        }
    }

    /** This platform's certificate by its owner, DER. */
    public List<byte[]> ownerChain() {
        try {
            return List.of(identity.platformCertificate().getEncoded());
        } catch (IOException | GeneralSecurityException e) {
            throw new MigrationFailed("not-enrolled", platform.name() + " is not enrolled: " + e.getMessage(), e);
        }
    }

    private static MigrationFailed refused(HandshakeRejected e) {
        return MigrationFailed.refused("handshake", e.getMessage());
    }
}
