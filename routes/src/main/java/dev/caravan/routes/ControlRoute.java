package dev.caravan.routes;

import dev.caravan.authority.CertificateRejected;
import dev.caravan.control.ControlBodies;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlRejected;
import dev.caravan.control.ControlType;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.Migrations;
import dev.caravan.request.RequestRejected;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stage messages between agents: each is verified by the sender's agent key, then put into its migration's mailbox. Nothing
 * here waits for what is done about it. Messages of one migration are a group, so they come in order; those that end a
 * migration are not, so they overtake.
 */
public final class ControlRoute extends RouteBuilder {
    /** Exchange property: the control message. */
    static final String MESSAGE = "caravan.control";

    private static final Logger LOG = LoggerFactory.getLogger(ControlRoute.class);

    private final Platform platform;
    private final Mailboxes mailboxes;
    private final RememberedMigrations remembered;
    private final Attesting attesting;
    private final ControlVerifier verifier;

    public ControlRoute(Platform platform, Mailboxes mailboxes, RememberedMigrations remembered, Attesting attesting) {
        this.platform = platform;
        this.mailboxes = mailboxes;
        this.remembered = remembered;
        this.attesting = attesting;
        this.verifier = new ControlVerifier(platform.migrations().journal(), attesting);
    }

    @Override
    public void configure() {
        String address = Addresses.control(platform.name());
        // the broker delivers it again
        onException(Exception.class).onWhen(Intake::mayComeAgain).logExhausted(false);
        onException(ControlRejected.class, RequestRejected.class, CertificateRejected.class, MigrationFailed.class,
                Exception.class).handled(true)
                .process(exchange -> LOG.warn("message refused: {}", Intake.reason(exchange)))
                .process(Intake.letter("control"))
                .to("jms:queue:" + Addresses.deadLetters(address));

        from("jms:queue:" + address + "?concurrentConsumers=4&acknowledgementModeName=CLIENT_ACKNOWLEDGE")
                .routeId("control")
                .process(new Intake("the control message", ControlRejected::new))
                .choice()
                .when(header(CaravanHeaders.KIND).isEqualTo(CaravanHeaders.REQUEST))
                .to(Direct.FORWARDED_REQUEST)
                .otherwise()
                .process(exchange -> exchange.setProperty(MESSAGE,
                        ControlCodec.decode(exchange.getMessage().getBody(byte[].class), platform.name())))
                .to(Direct.HEARD)
                .end();

        from(Direct.HEARD).routeId("heard").errorHandler(noErrorHandler())
                .choice()
                .when(exchange -> message(exchange).type() == ControlType.ATTEST_OFFER)
                .to(Direct.OFFERED)
                .otherwise()
                .process(this::deliver)
                .end();

        from(Direct.SEND_CONTROL).routeId("send-control").errorHandler(noErrorHandler())
                .setProperty(MESSAGE, body())
                .process(exchange -> {
                    byte[] bytes = ControlCodec.encode(exchange.getMessage().getBody(ControlMessage.class));
                    exchange.setProperty("bytes", bytes);
                    exchange.getMessage().setBody(bytes);
                })
                .to(Direct.SIGN)
                .setHeader(CaravanHeaders.SIGNATURE, body())
                .process(exchange -> {
                    ControlMessage message = message(exchange);
                    if (message.type() == ControlType.ABORT) {
                        exchange.getMessage().setHeader(CaravanHeaders.CERTIFICATE, Base64.getEncoder()
                                .encodeToString(attesting.ownerChain().get(0)));
                    }
                    if (isRepeated(message.type())) {
                        exchange.getMessage().setHeader(CaravanHeaders.LATEST,
                                message.migrationId() + " " + message.type().label());
                    }
                    if (!overtakes(message.type())) {
                        exchange.getMessage().setHeader("JMSXGroupID", message.migrationId().toString());
                    }
                    exchange.getMessage().setBody(exchange.getProperty("bytes"));
                    exchange.setProperty("address", Addresses.control(message.to()));
                })
                .toD("jms:queue:${exchangeProperty.address}");
    }

    /** What a side says again until it is answered: one of each kind waits for an agent that is away, not thousands. */
    private static boolean isRepeated(ControlType type) {
        return type == ControlType.HELD || type == ControlType.QUERY || type == ControlType.COMMIT
                || type == ControlType.RUNNING;
    }

    private static boolean overtakes(ControlType type) {
        return type == ControlType.ABORT || type == ControlType.QUERY || type == ControlType.LOST;
    }

    /** The control message of an exchange. */
    static ControlMessage message(Exchange exchange) {
        return exchange.getProperty(MESSAGE, ControlMessage.class);
    }

    private void deliver(Exchange exchange) throws IOException {
        ControlMessage message = message(exchange);
        Migrations migrations = platform.migrations();
        Optional<Migration> running = migrations.find(message.migrationId());
        verifier.verify(message, exchange, running.orElse(null));
        Object body = ControlBodies.of(message);
        if (running.isPresent()) {
            mailboxes.deliver(running.get(), message.type(), body);
            return;
        }
        JournalledMigration entry = migrations.journal().find(message.migrationId()).orElseThrow();
        if (entry.stage().isFinal()) {
            // the other side has not heard how it has ended here
            mailboxes.deliver(remembered.ended(entry), message.type(), body);
        } else if (entry.stage() == Stage.IN_DOUBT) {
            mailboxes.deliver(migrations.resume(remembered.unfinished(entry)), message.type(), body);
        }
        // what has not ended but could not be taken up again is neither lost nor released
    }
}
