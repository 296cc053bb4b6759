package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.event.TestSpeakers;
import dev.caravan.journal.Journal;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migrations;
import dev.caravan.session.Handshake;
import dev.caravan.session.Hello;
import dev.caravan.session.ProtocolVersions;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.Platform;
import dev.caravan.wire.WireJson;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.apache.camel.test.junit5.TestExecutionConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A destination hears an offer of an agent that speaks only newer versions of the protocol. */
class NewerAgentRouteTest extends CamelTestSupport {
    private static final String ALPHA = "alpha";
    private static final String BETA = "beta";

    @TempDir
    Path directory;
    private final UUID id = UUID.randomUUID();
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final List<String> deadLetters = new CopyOnWriteArrayList<>();
    private TestSpeakers speakers;
    private Journal journal;

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        speakers = new TestSpeakers(directory);
        journal = new Journal(directory.resolve("journal.db"));
        Platform platform = new Platform(BETA, directory, directory, null, "/test", new Migrations(journal), null,
                new ControlLink() {
                    @Override
                    public void send(ControlMessage message) {
                        sent.add(message);
                    }

                    @Override
                    public void sendWhenPossible(ControlMessage message) {
                        sent.add(message);
                    }
                });
        Mailboxes mailboxes = new Mailboxes(context);
        Attesting attesting = new Attesting(platform,
                new Appraiser(speakers.trust(), AppraisalPolicy.certifiedOnly()), null);
        return new RoutesBuilder[]{new OfferedRoute(platform, mailboxes, attesting),
                new ControlRoute(platform, mailboxes,
                        new RememberedMigrations(platform, new Cleanup(platform)), attesting),
                new RouteBuilder() {
                    @Override
                    public void configure() {
                        from("direct:sign").to("mock:sign");
                        from("direct:forwarded-request").to("mock:request");
                        from("direct:verify-request").to("mock:verify");
                        from("direct:dead-letters").process(exchange -> deadLetters
                                .add(exchange.getMessage().getHeader(CaravanHeaders.REASON, String.class)));
                    }
                }};
    }

    @Override
    public void configureTest(TestExecutionConfiguration configuration) {
        super.configureTest(configuration);
        configuration.withUseAdviceWith(true);
    }

    @BeforeEach
    void cutOffFromTheBroker() throws Exception {
        AdviceWith.adviceWith(context, "control", route -> {
            route.replaceFromWith("direct:control");
            route.weaveByToUri("jms:queue:DLQ.*").replace().to("direct:dead-letters");
        });
        AdviceWith.adviceWith(context, "send-control", route -> route.weaveByToUri("jms:*").replace().to("mock:sent"));
        context.start();
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Test
    void hearsWhichVersionsBothSpeakAndWhichSideToUpgrade() throws Exception {
        offer(newer(), ALPHA);

        ControlMessage answer = sent.get(0);
        assertThat(answer.type()).isEqualTo(ControlType.ABORT);
        assertThat(answer.to()).isEqualTo(ALPHA);
        Reason reason = ControlCodec.body(answer, Reason.class);
        assertThat(reason.error()).isEqualTo("no-common-version");
        assertThat(reason.refused()).isTrue();
        assertThat(reason.reason()).contains("the source speaks version " + (ProtocolVersions.OURS.highest() + 1),
                "the destination versions 1 to " + ProtocolVersions.OURS.highest(),
                "upgrade Caravan at the destination");
        assertThat(deadLetters).singleElement().asString().contains(reason.reason());
        assertThat(journal.all()).isEmpty();
    }

    @Test
    void isToldNothingIfItIsNotWhoItSays() throws Exception {
        offer(newer(), "gamma");
        assertThat(sent).isEmpty();
        assertThat(deadLetters).hasSize(1);
    }

    /** An offer of which this version can know no more than what never changes. */
    private ObjectNode newer() throws Exception {
        List<byte[]> chain = List.of(speakers.platform(ALPHA).certificate().getEncoded());
        Hello hello = Handshake.source(id, chain, chain, new TreeSet<>(List.of(0)), new SecureRandom()).hello();
        ObjectNode body = (ObjectNode) WireJson.tree("{\"surprise\": 1}".getBytes());
        ObjectNode said = body.set("hello", WireJson.node(hello));
        ((ObjectNode) said.path("hello")).put("version", ProtocolVersions.OURS.highest() + 1).put("surprise", 2);
        return body;
    }

    private void offer(ObjectNode body, String signer) throws Exception {
        byte[] bytes = ControlCodec.encode(ControlCodec.message(ControlType.ATTEST_OFFER, id, ALPHA, BETA, body));
        template.sendBodyAndHeader("direct:control", bytes, CaravanHeaders.SIGNATURE,
                Base64.getEncoder().encodeToString(TestSpeakers.sign(bytes, speakers.platform(signer).agentKey())));
    }
}
