package dev.caravan.routes;

import dev.caravan.criu.ContainerState;
import dev.caravan.event.MigrationEvents.RejectedData;
import dev.caravan.event.MigrationEvents;
import dev.caravan.handover.Event;
import dev.caravan.host.Discrepancies;
import dev.caravan.migration.AlreadyMigrating;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.request.SignedRequest;
import dev.caravan.stage.Platform;
import dev.caravan.store.StoreFailed;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSSecurityException;
import java.time.Instant;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requested: any agent takes a request from the common queue and verifies it; the agent of the source journals it, and
 * leaves it to the migration's mailbox, once.
 * What can never be acted on goes to the dead letters, and the requester hears why.
 */
public final class RequestRoute extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(RequestRoute.class);

    private final Platform platform;
    private final Mailboxes mailboxes;
    private final MigrationEvents events;
    private final Discrepancies discrepancies;

    public RequestRoute(Platform platform, Mailboxes mailboxes, MigrationEvents events, Discrepancies discrepancies) {
        this.platform = platform;
        this.mailboxes = mailboxes;
        this.events = events;
        this.discrepancies = discrepancies;
    }

    @Override
    public void configure() {
        // the broker delivers it again
        onException(Exception.class).onWhen(Intake::mayComeAgain).logExhausted(false);
        onException(RequestRejected.class, Exception.class).handled(true)
                .process(exchange -> LOG.warn("request refused: {}", Intake.reason(exchange)))
                .process(this::keep)
                .process(Intake.letter("requested"))
                .to("jms:queue:" + Addresses.deadLetters(Addresses.REQUESTS))
                .process(this::tell)
                .to(Direct.PUBLISH);

        from("jms:queue:" + Addresses.REQUESTS + "?acknowledgementModeName=CLIENT_ACKNOWLEDGE").routeId("requests")
                .process(new Intake("the request", reason -> new RequestRejected("bad-request", reason)))
                // only an agent forwards, and to the control queue
                .removeHeader(CaravanHeaders.KIND)
                .to(Direct.REQUEST);

        from(Direct.FORWARDED_REQUEST).routeId("forwarded-requests")
                .to(Direct.REQUEST);

        from(Direct.REQUEST).routeId("requested").errorHandler(noErrorHandler())
                .to(Direct.VERIFY_REQUEST)
                .setBody(exchangeProperty(Intake.RECEIVED))
                .process(exchange -> exchange.setProperty("parsed",
                        MigrationRequest.parse(exchange.getMessage().getBody(byte[].class))))
                .choice()
                .when(exchange -> parsed(exchange).source().equals(platform.name()))
                .process(this::start)
                .when(exchange -> CaravanHeaders.REQUEST
                        .equals(exchange.getMessage().getHeader(CaravanHeaders.KIND, String.class)))
                .process(exchange -> {
                    throw new RequestRejected("misrouted", "a request for source " + parsed(exchange).source()
                            + " was sent to the agent of " + platform.name());
                })
                .otherwise()
                .setHeader(CaravanHeaders.KIND, constant(CaravanHeaders.REQUEST))
                .process(exchange -> exchange.setProperty("address", Addresses.control(parsed(exchange).source())))
                .doTry()
                .toD("jms:queue:${exchangeProperty.address}")
                .doCatch(Exception.class)
                .process(RequestRoute::notForwarded)
                .end()
                .end();
    }

    private static void notForwarded(Exchange exchange) throws Exception {
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidDestinationException || cause instanceof JMSSecurityException) {
                throw new RequestRejected("unknown-host", "source is \"" + parsed(exchange).source()
                        + "\", which is no host that has joined; 'caravan list' shows all", failure);
            }
        }
        // the broker delivers the request again
        throw failure;
    }

    private void start(Exchange exchange) {
        MigrationRequest request = parsed(exchange);
        if (platform.migrations().journal().find(request.id()).isPresent()) {
            return;
        }
        platform.migrations().journal().rejectedRequests().requireNew(request);
        request.requireCurrent(Instant.now());
        discrepancies.of(request.container()).ifPresent(odd -> {
            throw new RequestRejected("unexplained", odd.found());
        });
        ContainerState.Status status = platform.runtime().state(request.container()).status();
        if (status != ContainerState.Status.RUNNING) {
            throw new RequestRejected("unknown-container", status == ContainerState.Status.ABSENT
                    ? "container is \"" + request.container() + "\", which " + platform.name()
                            + " does not have; 'caravan list' shows all"
                    : "container \"" + request.container() + "\" is " + status.name().toLowerCase(java.util.Locale.ROOT)
                            + " at " + platform.name() + "; only a running container can be moved");
        }
        SourceMigration migration = new SourceMigration(request);
        if (open(migration)) {
            mailboxes.post(migration, Event.REQUEST, new SignedRequest(
                    exchange.getProperty(Intake.RECEIVED, byte[].class),
                    exchange.getMessage().getHeader(CaravanHeaders.SIGNATURE, String.class),
                    exchange.getMessage().getHeader(CaravanHeaders.CERTIFICATE, String.class)));
        }
    }

    private boolean open(SourceMigration migration) {
        try {
            return platform.migrations().open(migration);
        } catch (AlreadyMigrating e) {
            throw new RequestRejected("already-migrating", e.getMessage(), e);
        }
    }

    /**
     * Keeps a request that was given up, before anybody hears of it: it could be hoarded, and sent again when what it lacks
     * is there.
     */
    private void keep(Exchange exchange) {
        MigrationRequest request = parsed(exchange);
        if (request == null || !request.source().equals(platform.name())) {
            return;
        }
        try {
            platform.migrations().journal().rejectedRequests().add(request, Intake.reason(exchange));
        } catch (StoreFailed e) {
            LOG.error("request {} was given up, but may still be acted on until {} if somebody sends it again: {}",
                    request.id(), request.isVoidFrom(), e.getMessage());
        }
    }

    /** The request, once its signature was verified; null before that. */
    private static MigrationRequest parsed(Exchange exchange) {
        return exchange.getProperty("parsed", MigrationRequest.class);
    }

    private void tell(Exchange exchange) {
        Exception why = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        String id = MigrationRequest.claimedId(exchange.getProperty(Intake.RECEIVED, new byte[0], byte[].class));
        exchange.getMessage().removeHeaders("*");
        exchange.getMessage().setBody(events.encode(MigrationEvents.REJECTED, id, new RejectedData(id,
                why instanceof RequestRejected rejected ? rejected.error() : "failed", Intake.reason(exchange))));
    }
}
