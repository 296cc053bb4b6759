package dev.caravan.authority;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.tpm.Certification;
import dev.caravan.wire.Form;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * A message to the authorities. Which fields are there depends on {@code type}:
 * <ul>
 * <li>{@code enrol} (agent): platform, ekCertificate, aikPublic, agentKeyPublic; answered by a {@link Challenge}</li>
 * <li>{@code activate} (agent): id of the challenge, secret, certification, signature; answered by
 * {@link EnrolmentResult}</li>
 * <li>{@code trust} (anybody): the authorities' certificates and revocation lists, answered likewise, or by an event if
 * there is an id</li>
 * <li>{@code admit} (operator, signed): id, platform, ekSha256, replace, issuedAt, expiresAt; answered by an event</li>
 * </ul>
 *
 * @param ekCertificate  DER
 * @param aikPublic      TPMT_PUBLIC of the attestation key
 * @param agentKeyPublic TPMT_PUBLIC of the agent key
 * @param ekSha256       SHA-256 of the EK certificate's DER, in hexadecimal
 * @param certification  TPMS_ATTEST of TPM2_Certify of the agent key by the attestation key, bound to
 *                       {@link Challenge#binding}
 * @param signature      its TPMT_SIGNATURE
 * @param replace        whether the platform may take its name from one with another EK; null is no
 * @param issuedAt       when the operator admitted the platform
 * @param expiresAt      until when it may enrol
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EnrolmentRequest(String type, UUID id, String platform, byte[] ekCertificate, byte[] aikPublic,
        byte[] agentKeyPublic, byte[] secret, byte[] certification, byte[] signature, String ekSha256, Boolean replace,
        Instant issuedAt, Instant expiresAt) {

    /** A longer message is refused before it is read. */
    public static final int MAX_BYTES = 64 * 1024;
    /** A longer answer is refused likewise: revocation lists grow. */
    public static final int MAX_ANSWER_BYTES = 1024 * 1024;

    private static final byte[] BINDING_LABEL = "caravan/1 enrolment".getBytes(StandardCharsets.US_ASCII);

    /**
     * The hardware authority's question: only the TPM with that EK, holding that AIK, finds the secret.
     *
     * @param id              identity of the challenge, for the answer
     * @param credentialBlob  TPM2B_ID_OBJECT's contents
     * @param encryptedSecret TPM2B_ENCRYPTED_SECRET's contents
     */
    public record Challenge(UUID id, byte[] credentialBlob, byte[] encryptedSecret) {

        /** What the certification of the agent key must be bound to (qualifyingData), see {@link #binding}. */
        public byte[] binding(String platform, byte[] secret) {
            return binding(id, platform, secret);
        }

        /**
         * SHA-256 over a label, the challenge, its secret and the platform's name: whoever does not hold the TPM of the
         * EK cannot have it signed, and what was signed serves this enrolment only.
         */
        static byte[] binding(UUID id, String platform, byte[] secret) {
            byte[] name = platform.getBytes(StandardCharsets.UTF_8);
            return CertificateAuthority.sha256(ByteBuffer
                    .allocate(BINDING_LABEL.length + 2 * Long.BYTES + Integer.BYTES + secret.length + name.length)
                    .put(BINDING_LABEL).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits())
                    .putInt(secret.length).put(secret).put(name).array());
        }
    }

    /** What a platform is given (all DER); both certificates are null in the answer to {@code trust}. */
    public record EnrolmentResult(byte[] aikCertificate, byte[] platformCertificate, byte[] hardwareAuthority,
            byte[] hardwareCrl, byte[] ownerAuthority, byte[] ownerCrl) {
    }

    /** An answer; exactly one of the three is there. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Answer(Challenge challenge, EnrolmentResult result, String error) {
    }

    public static EnrolmentRequest enrol(String platform, byte[] ekCertificate, byte[] aikPublic,
            byte[] agentKeyPublic) {
        return new EnrolmentRequest("enrol", null, platform, ekCertificate, aikPublic, agentKeyPublic, null, null,
                null, null, null, null, null);
    }

    public static EnrolmentRequest activate(UUID challenge, byte[] secret, Certification agentKey) {
        return new EnrolmentRequest("activate", challenge, null, null, null, null, secret, agentKey.attest(),
                agentKey.signature(), null, null, null, null);
    }

    /** @param id for an answer by an event, or null for one to the asker's queue */
    public static EnrolmentRequest trust(UUID id) {
        return new EnrolmentRequest("trust", id, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** An admission from now on, for {@code lifetime}. */
    public static EnrolmentRequest admit(String platform, String ekSha256, boolean replace, Duration lifetime) {
        Instant now = Instant.now();
        return new EnrolmentRequest("admit", UUID.randomUUID(), platform, null, null, null, null, null, null, ekSha256,
                replace, now, now.plus(lifetime));
    }

    boolean mayReplace() {
        return Boolean.TRUE.equals(replace);
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static EnrolmentRequest parse(byte[] json) {
        return read(json, EnrolmentRequest.class, MAX_BYTES);
    }

    /** Reads an answer. */
    public static Answer parseAnswer(byte[] json) {
        return read(json, Answer.class, MAX_ANSWER_BYTES);
    }

    private static <T> T read(byte[] json, Class<T> type, int max) {
        if (json.length > max) {
            throw new IllegalArgumentException(
                    "an enrolment message of " + json.length + " bytes; at most " + max + " are allowed");
        }
        try {
            JsonNode node = WireJson.tree(json);
            Form.require(node, "it");
            return WireJson.value(node, type);
        } catch (MalformedJson e) {
            throw new IllegalArgumentException("not an enrolment message: " + e.getMessage(), e);
        }
    }

    /** Any of these messages as JSON. */
    public static byte[] toJson(Object message) {
        return WireJson.write(message);
    }

    @Override
    public String toString() {
        return "EnrolmentRequest[" + type + " " + (platform == null ? "" : platform) + "]";
    }
}
