package dev.caravan.event;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.CertificateRole;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.Pem;
import dev.caravan.authority.TrustStore;
import dev.caravan.crypto.Ecdsa;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.Form;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Verifies events: signed by a platform of the owner, or by the owner's authority, and about nothing but what the
 * signer can speak for. Thread-safe.
 */
public final class EventVerifier {
    /** A longer event is refused unread; the longest is the answer to a query for all migrations of a host. */
    public static final int MAX_BYTES = 1 << 20;

    private static final int MAX_HEADER = 16 * 1024;
    private static final int SPEAKERS = 64;
    /** A revocation counts after as long as this. */
    private static final Duration REMEMBERED = Duration.ofSeconds(10);

    private final TrustStore trust;
    private final Map<Certificates, Speaker> speakers = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Certificates, Speaker> eldest) {
            return size() > SPEAKERS;
        }
    };

    private record Certificates(String holder, String eventKey) {
    }

    private record Speaker(String name, CertificateRole role, PublicKey key, long verifiedNanos) {
    }

    /** @param trust names the owner authority and what it revoked */
    public EventVerifier(TrustStore trust) {
        this.trust = trust;
    }

    /** Verifies an event; what it returns was not looked at before the signature held. */
    public VerifiedEvent verify(SignedEvent event) throws EventUnverified {
        require(event.body().length <= MAX_BYTES,
                "it has " + event.body().length + " bytes; at most " + MAX_BYTES + " are allowed");
        require(event.signature() != null && event.certificate() != null, "it is not signed");
        Speaker speaker = speaker(new Certificates(event.certificate(), event.eventKey()));
        requireSignature(event, speaker);
        JsonNode json;
        try {
            json = WireJson.tree(event.body());
            Form.require(json.path("data"), "its data");
        } catch (MalformedJson e) {
            throw new EventUnverified(e.getMessage(), e);
        }
        require(json.path("specversion").asText().equals("1.0"), "its specversion is "
                + Excerpt.value(json.path("specversion")) + "; 1.0 is read here: upgrade Caravan where this is said");
        String source = MigrationEvents.source(speaker.role(), speaker.name());
        require(json.path("source").asText().equals(source),
                "it says that it is of " + Excerpt.value(json.path("source")) + ", but " + speaker.name()
                        + " signed it");
        requireOwn(json, speaker.name());
        return new VerifiedEvent(json, speaker.name());
    }

    private Speaker speaker(Certificates certificates) throws EventUnverified {
        synchronized (speakers) {
            Speaker known = speakers.get(certificates);
            if (known != null && System.nanoTime() - known.verifiedNanos() < REMEMBERED.toNanos()) {
                return known;
            }
            speakers.remove(certificates);
        }
        try {
            X509Certificate holder = certificate(certificates.holder());
            CertificateRole role = CertificateRole.of(holder);
            require(role == CertificateRole.PLATFORM || role == CertificateRole.AUTHORITY,
                    "its certificate is neither a platform's nor the authorities'");
            String name = trust.owner().verify(holder, role);
            PublicKey key = certificates.eventKey() == null
                    ? holder.getPublicKey()
                    : EventKey.verify(certificate(certificates.eventKey()), holder);
            Speaker speaker = new Speaker(name, role, key, System.nanoTime());
            synchronized (speakers) {
                speakers.put(certificates, speaker);
            }
            return speaker;
        } catch (CertificateRejected e) {
            throw new EventUnverified(e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new EventUnverified("its certificate cannot be verified: " + e.getMessage(), e);
        }
    }

    private static X509Certificate certificate(String base64) throws IOException, EventUnverified {
        require(base64.length() <= MAX_HEADER, "its certificate is longer than " + MAX_HEADER + " characters");
        return Pem.certificate(Base64.getDecoder().decode(base64));
    }

    private static void requireSignature(SignedEvent event, Speaker speaker) throws EventUnverified {
        boolean valid;
        try {
            valid = Ecdsa.verifies(speaker.key(), event.body(), Base64.getDecoder().decode(event.signature()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new EventUnverified("its signature is unreadable", e);
        }
        require(valid, "its signature does not fit: it was altered, or " + speaker.name() + " did not sign it");
    }

    /** A platform may say what it did and what it has, not what another did or has. */
    private static void requireOwn(JsonNode event, String speaker) throws EventUnverified {
        JsonNode data = event.path("data");
        switch (event.path("type").asText()) {
            case MigrationEvents.TRANSITION -> {
                String role = data.path("role").asText();
                require(role.equals("source") || role.equals("destination"),
                        "its role is " + Excerpt.value(data.path("role")) + "; source and destination are allowed");
                requireIs(data.path(role), speaker);
            }
            case MigrationEvents.ENDED -> requireIs(data.path("source"), speaker);
            case MigrationEvents.DISCREPANCY -> requireIs(data.path("host"), speaker);
            case MigrationEvents.REPLY -> {
                requireIs(data.path("host"), speaker);
                for (JsonNode row : data.path("result")) {
                    if (row.has("host")) {
                        requireIs(row.path("host"), speaker);
                    }
                }
            }
            default -> {
                // progress and rejections name nobody
            }
        }
    }

    private static void requireIs(JsonNode name, String speaker) throws EventUnverified {
        require(name.isTextual() && name.asText().equals(speaker),
                "it speaks for " + Excerpt.value(name) + ", but " + speaker + " signed it");
    }

    private static void require(boolean condition, String reason) throws EventUnverified {
        if (!condition) {
            throw new EventUnverified(reason);
        }
    }
}
