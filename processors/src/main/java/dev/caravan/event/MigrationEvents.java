package dev.caravan.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caravan.authority.CertificateRole;
import dev.caravan.authority.OwnerAuthority;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.PojoCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.UUID;

/** Makes the CloudEvents (1.0, structured JSON) that an agent publishes on {@code caravan.events}. */
public final class MigrationEvents {
    /** A stage was entered. */
    public static final String TRANSITION = "dev.caravan.migration.transition";
    /** Bytes were sent. */
    public static final String PROGRESS = "dev.caravan.migration.progress";
    /** The migration ended; the data is its {@link MigrationReport}. */
    public static final String ENDED = "dev.caravan.migration.ended";
    /** An agent's answer to a query; the data is a {@link ReplyData}. */
    public static final String REPLY = "dev.caravan.query.reply";
    /** A request could not be accepted; the data says why. */
    public static final String REJECTED = "dev.caravan.request.rejected";

    /** Something at a host that its journal does not explain; the data is a {@link DiscrepancyData}. */
    public static final String DISCREPANCY = "dev.caravan.host.discrepancy";

    private static final ObjectMapper JSON = JsonMapper.builder().addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS).build();

    private final URI source;
    private final InstantSource clock;

    /** Events of the agent of {@code platform}. */
    public MigrationEvents(String platform) {
        this(platform, InstantSource.system());
    }

    /** @param clock what the events' times are by */
    public MigrationEvents(String platform, InstantSource clock) {
        this(CertificateRole.PLATFORM, platform, clock);
    }

    private MigrationEvents(CertificateRole role, String name, InstantSource clock) {
        source = URI.create(source(role, name));
        this.clock = clock;
    }

    /** Events of the authorities. */
    public static MigrationEvents ofAuthority() {
        return new MigrationEvents(CertificateRole.AUTHORITY, OwnerAuthority.ANSWERS, InstantSource.system());
    }

    /** The {@code source} of events that are signed with a certificate of that role and name. */
    static String source(CertificateRole role, String name) {
        return role == CertificateRole.AUTHORITY ? "/caravan/" + name : "/caravan/agents/" + name;
    }

    /** The data of a {@link #TRANSITION}. */
    public record TransitionData(UUID migrationId, String role, String container, String source, String destination,
            String stage, String reason) {
    }

    /** The data of a {@link #PROGRESS} tick, in bytes; {@code totalBytes} is an estimate. */
    public record ProgressData(UUID migrationId, String stage, long doneBytes, long totalBytes) {
    }

    /** The data of a {@link #REPLY}; the result's form depends on the query. */
    public record ReplyData(UUID queryId, String host, Object result) {
    }

    /**
     * The data of a {@link #REJECTED} request.
     *
     * @param migrationId the request's identity, or null if it could not be read
     * @param error       a short code, for example {@code unknown-host}
     */
    public record RejectedData(String migrationId, String error, String reason) {
        /** So that whoever waits for the end finds it where a report has it. */
        public String getOutcome() {
            return "rejected";
        }
    }

    /**
     * The data of a {@link #DISCREPANCY}.
     *
     * @param container   the container's name, or null if none is known
     * @param migrationId the migration, or null if none is known
     * @param discrepancy what was found, where the container may run, and what to do
     */
    public record DiscrepancyData(String host, String container, UUID migrationId, String discrepancy) {
    }

    /** The event of that type as structured CloudEvents JSON. */
    public byte[] encode(String type, String subject, Object data) {
        CloudEvent event = CloudEventBuilder.v1().withId(UUID.randomUUID().toString()).withSource(source)
                .withType(type).withSubject(subject).withTime(clock.instant().atOffset(ZoneOffset.UTC))
                .withDataContentType("application/json")
                .withData(PojoCloudEventData.wrap(data, MigrationEvents::json)).build();
        return new JsonFormat().serialize(event);
    }

    private static byte[] json(Object data) throws JsonProcessingException {
        return JSON.writeValueAsBytes(data);
    }

    /** {@code value} as the JSON that events and reports use. */
    public static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON", e);
        }
    }
}
