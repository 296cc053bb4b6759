package dev.caravan.routes;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.caravan.attestation.QuoteRequest;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.query.OperatorQuery;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.tpm.Quote;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers operators' queries by events; a query that is not signed by an operator is dropped. */
public final class QueryRoute extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(QueryRoute.class);

    private static final String QUERY = "caravan.query";
    /** Nobody who asks waits for a slow answer to somebody else. */
    private static final String QUEUE = "seda:queries?size=1000";

    private final Platform platform;
    private final OperatorOrders orders;
    private final Attesting attesting;
    private final MigrationEvents events;
    private final Discrepancies discrepancies;
    private final ContainerList containers;

    /**
     * One migration in the answer to a status query.
     *
     * @param stage       by the journal; {@code unknown} of a migration that only its traces tell of
     * @param discrepancy what the journal does not explain of it, and what to do; else null
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record StatusRow(UUID migrationId, String host, String role, String container, String source,
            String destination, String stage, String reason, String updatedAt, String discrepancy) {
    }

    public QueryRoute(Platform platform, OperatorOrders orders, Attesting attesting, MigrationEvents events,
            Discrepancies discrepancies) {
        this.platform = platform;
        this.orders = orders;
        this.attesting = attesting;
        this.events = events;
        this.discrepancies = discrepancies;
        this.containers = new ContainerList(platform, discrepancies);
    }

    @Override
    public void configure() {
        onException(Exception.class).handled(true)
                .process(exchange -> LOG.warn("query dropped: {}", Intake.reason(exchange)));

        from("jms:topic:" + Addresses.QUERIES).routeId("queries")
                .process(new Intake("the query", IllegalArgumentException::new))
                .to(Direct.VERIFY_REQUEST)
                .setBody(exchangeProperty(Intake.RECEIVED))
                .process(exchange -> exchange.setProperty(QUERY,
                        OperatorQuery.parse(exchange.getMessage().getBody(byte[].class))))
                .filter(exchange -> query(exchange).concerns(platform.name()))
                .to(QUEUE + "&discardWhenFull=true&waitForTaskToComplete=Never");

        from(QUEUE + "&concurrentConsumers=2").routeId("query")
                .choice()
                .when(exchange -> stale(exchange).isPresent())
                .setBody(exchange -> Map.of(OperatorQuery.STALE, stale(exchange).get()))
                .when(exchange -> query(exchange).kind() == OperatorQuery.Kind.ATTEST)
                .setBody(exchange -> quoteRequest(query(exchange)))
                .to(Direct.QUOTE_NOW)
                .setBody(exchange -> evidence(exchange.getMessage().getBody(Quote.class)))
                .otherwise()
                .process(exchange -> exchange.getMessage().setBody(answer(query(exchange))))
                .end()
                .setBody(exchange -> reply(query(exchange), exchange.getMessage().getBody()))
                .to(Direct.PUBLISH);
    }

    private static OperatorQuery query(Exchange exchange) {
        return exchange.getProperty(QUERY, OperatorQuery.class);
    }

    private Optional<String> stale(Exchange exchange) {
        return query(exchange).whyStale(platform.name(), Instant.now());
    }

    private Object answer(OperatorQuery query) throws IOException {
        return switch (query.kind()) {
            case LIST -> containers.rows();
            case STATUS -> status(query.migrationId());
            case CANCEL -> orders.cancel(query.migrationId());
            case RESOLVE -> orders.resolve(query.migrationId(), query.runs());
            default -> throw new IllegalStateException(query.kind().toString());
        };
    }

    private byte[] reply(OperatorQuery query, Object answer) {
        return events.encode(MigrationEvents.REPLY, query.id().toString(),
                new ReplyData(query.id(), platform.name(), answer));
    }

    private List<StatusRow> status(UUID migration) {
        Journal journal = platform.migrations().journal();
        List<JournalledMigration> found = migration == null ? journal.all() : journal.find(migration).stream().toList();
        Stream<StatusRow> known = found.stream()
                .map(m -> new StatusRow(m.id(), platform.name(), m.role().name().toLowerCase(Locale.ROOT),
                        m.container(), m.source(), m.destination(), m.stage().label(), m.reason(),
                        m.updatedAt().toString(), discrepancies.of(m.id()).map(Discrepancy::found).orElse(null)));
        Stream<StatusRow> unknown = discrepancies.all().stream().filter(odd -> odd.migration() != null)
                .filter(odd -> migration == null || migration.equals(odd.migration()))
                .filter(odd -> journal.find(odd.migration()).isEmpty())
                .map(odd -> new StatusRow(odd.migration(), platform.name(), null, odd.container(), null, null,
                        "unknown", "", null, odd.found()));
        return Stream.concat(known, unknown).toList();
    }

    private QuoteRequest quoteRequest(OperatorQuery query) {
        return new QuoteRequest(query.extraData(platform.name()), query.pcrs() == null ? List.of() : query.pcrs());
    }

    private Map<String, Object> evidence(Quote quote) {
        return Map.of("evidence", attesting.evidence(quote).toJson());
    }
}
