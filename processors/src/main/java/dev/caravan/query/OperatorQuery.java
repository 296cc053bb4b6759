package dev.caravan.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.wire.ClockDifference;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.Form;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.PlatformName;
import dev.caravan.wire.WireJson;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.UUID;

/**
 * A question or order from an operator to the agents, published on {@code caravan.queries} and signed like a migration
 * request. Agents that it concerns answer with a reply event of the same identity.
 *
 * @param id          identity of the query; an attestation takes it as its nonce, so it is fresh for each query
 * @param kind        what is asked
 * @param host        the platform that is asked, or null for all
 * @param migrationId the migration that is meant, where the kind needs one; else null
 * @param pcrs        the PCRs of the SHA-256 bank that an attestation is to quote; null for 0 to 7, and for other kinds
 * @param runs        where the container of a migration that is resolved goes on; null for other kinds
 * @param expiresAt   by the operator's clock; agents do not serve the query much later, and say so
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OperatorQuery(UUID id, Kind kind, String host, UUID migrationId, SortedSet<Integer> pcrs,
        Runs runs, Instant expiresAt) {

    /** How long a query may be answered. */
    public static final Duration LIFETIME = Duration.ofSeconds(60);

    /** A longer query is refused before it is read. */
    public static final int MAX_BYTES = 4096;
    /** The field of an answer that says why the query was not served: {@link #whyStale}. */
    public static final String STALE = "stale";

    /** What an operator may ask. */
    public enum Kind {
        /** The containers of a platform. */
        LIST,
        /** One migration's journal, or all. */
        STATUS,
        /** Fresh evidence of a platform. */
        ATTEST,
        /** To end a migration that has not committed. */
        CANCEL,
        /** To settle a migration whose sides cannot: a person has seen to it where no copy can run any more. */
        RESOLVE;

        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where a container goes on. */
    public enum Runs {
        /** At the source: the destination's copy is dead for good. */
        SOURCE,
        /** At the destination: the source's copy is dead for good. */
        DESTINATION;

        @JsonValue
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A new query. */
    public static OperatorQuery of(Kind kind, String host, UUID migrationId) {
        return new OperatorQuery(UUID.randomUUID(), kind, host, migrationId, null, null, Instant.now().plus(LIFETIME));
    }

    /** A new query for evidence. */
    public static OperatorQuery attest(String host, PcrSelection pcrs) {
        return new OperatorQuery(UUID.randomUUID(), Kind.ATTEST, host, null, pcrs.indexes(), null,
                Instant.now().plus(LIFETIME));
    }

    /** A new order to settle a migration. */
    public static OperatorQuery resolve(UUID migrationId, Runs runs) {
        return new OperatorQuery(UUID.randomUUID(), Kind.RESOLVE, null, migrationId, null, runs,
                Instant.now().plus(LIFETIME));
    }

    /**
     * Reads a query.
     *
     * @throws IllegalArgumentException if the bytes are no query, with a reason that names the field
     */
    public static OperatorQuery parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a query of " + json.length + " bytes; at most " + MAX_BYTES + " are allowed");
        }
        OperatorQuery query;
        try {
            JsonNode node = WireJson.tree(json);
            Form.require(node, "it");
            query = WireJson.value(node, OperatorQuery.class);
        } catch (MalformedJson e) {
            throw new IllegalArgumentException("not a query: " + e.getMessage(), e);
        }
        if (query.id() == null || query.kind() == null || query.expiresAt() == null) {
            throw new IllegalArgumentException("a query needs id, kind and expiresAt");
        }
        if (query.host() != null && !PlatformName.is(query.host())) {
            throw new IllegalArgumentException("host is \"" + Excerpt.value(query.host())
                    + "\"; 1 to 63 letters, digits and hyphens are allowed");
        }
        boolean order = query.kind() == Kind.CANCEL || query.kind() == Kind.RESOLVE;
        if (order && query.migrationId() == null) {
            throw new IllegalArgumentException("migrationId is missing: it names the migration to "
                    + query.kind().label());
        }
        if (query.kind() == Kind.RESOLVE && query.runs() == null) {
            throw new IllegalArgumentException("runs is missing: source or destination, where the container goes on");
        }
        if (query.pcrs() != null) {
            PcrSelection.of(query.pcrs());
        }
        return query;
    }

    /** Whether the agent of {@code platform} is meant. */
    public boolean concerns(String platform) {
        return host == null || host.equals(platform);
    }

    /**
     * Why the query is too old to be served, as its operator is told; empty if it is not. What only looks old may be fresh
     * and by a clock that is behind, up to {@link ClockDifference#ALLOWED}.
     *
     * @param now by the clock of {@code platform}
     */
    public Optional<String> whyStale(String platform, Instant now) {
        if (!now.isAfter(expiresAt.plus(ClockDifference.ALLOWED))) {
            return Optional.empty();
        }
        return Optional.of("the query expired at " + expiresAt + ", and at " + platform + " it is " + now + ", "
                + Duration.between(expiresAt, now).toSeconds() + " s later; " + ClockDifference.ALLOWED.toMinutes()
                + " minutes are allowed. If it was asked just now, the clock of whoever asked is behind that of "
                + platform + ": set both by NTP");
    }

    /** What the evidence of {@code platform} must be bound to: SHA-256 over a label, this query and the platform. */
    public byte[] extraData(String platform) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(("caravan operator attestation\0" + id + "\0" + platform).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public byte[] toJson() {
        return WireJson.write(this);
    }
}
