package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Migration;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.session.ProtocolVersion;
import dev.caravan.stage.Platform;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What leaves for the other agent is what it understands. */
class ReplyRouteTest extends CamelTestSupport {
    private final List<ControlMessage> sent = new CopyOnWriteArrayList<>();
    private final UUID id = UUID.randomUUID();

    @Override
    protected RoutesBuilder createRouteBuilder() {
        Path any = Path.of("/nowhere");
        return new ReplyRoute(new Platform("alpha", any, any, null, "/test", null, null, new ControlLink() {
            @Override
            public void send(ControlMessage message) {
                sent.add(message);
            }

            @Override
            public void sendWhenPossible(ControlMessage message) {
                sent.add(message);
            }
        }));
    }

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void aDestinationAsksInEveryVersion(ProtocolVersion version) {
        say(new DestinationMigration(id, "web", "beta", "alpha"), version);
        assertThat(sent).extracting(ControlMessage::type).containsExactly(ControlType.QUERY, ControlType.QUERY);
        assertThat(sent).extracting(ControlMessage::to).containsOnly("beta");
    }

    @Test
    void aSourceAsksADestinationThatKnowsTheQuestion() {
        say(source(), ProtocolVersion.V2);
        assertThat(sent).hasSize(2);
    }

    /** It would take the source for a destination, and answer that nothing was committed. */
    @Test
    void aSourceDoesNotAskADestinationOfTheFirstVersion() {
        say(source(), ProtocolVersion.V1);
        assertThat(sent).isEmpty();
    }

    private SourceMigration source() {
        return new SourceMigration(
                new MigrationRequest(id, "web", "alpha", "beta", "stopcopy", Instant.now(), Instant.now()));
    }

    private void say(Migration migration, ProtocolVersion version) {
        migration.protocol(version);
        template.sendBodyAndProperty(Direct.reply(ControlType.QUERY), null, Steps.MIGRATION, migration);
        template.sendBodyAndProperty(Direct.tell(ControlType.QUERY), null, Steps.MIGRATION, migration);
    }
}
