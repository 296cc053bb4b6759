package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.bundle.Admission;
import dev.caravan.handover.Protocol;
import dev.caravan.handover.Reaction;
import dev.caravan.handover.Rule;
import dev.caravan.handover.Step;
import dev.caravan.journal.Journal;
import dev.caravan.migration.Migrations;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.ProcessDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is explored is what runs: the routes' definitions have the actions of the protocol's reactions, in their order. */
class ReactionRoutesTest {
    private static final Set<String> STEPS = Arrays.stream(Step.values()).map(Step::label).collect(Collectors.toSet());

    @TempDir
    Path directory;

    @Test
    void everyReactionHasARouteThatDoesWhatItSays() throws Exception {
        Map<String, String> protocol = Protocol.STANDARD.rules().stream().map(Rule::reaction).distinct()
                .collect(Collectors.toMap(Direct::of, Reaction::words));

        Map<String, String> routes = routes().collect(Collectors.toMap(
                route -> route.getInput().getEndpointUri(),
                route -> actions(route.getOutputs()).collect(Collectors.joining(", "))));

        assertThat(new TreeSet<>(routes.keySet())).containsAll(protocol.keySet());
        protocol.forEach((route, words) -> assertThat(routes.get(route)).as(route).isEqualTo(words));
        routes.forEach((route, words) -> assertThat(words.isEmpty() || protocol.containsKey(route))
                .as("%s is of no reaction, and does %s", route, words).isTrue());
    }

    private Stream<RouteDefinition> routes() throws Exception {
        List<RouteDefinition> all = new ArrayList<>();
        try (DefaultCamelContext context = new DefaultCamelContext();
                Journal journal = new Journal(directory.resolve("journal.db"))) {
            Platform platform = new Platform("alpha", directory, directory, null, "/test", new Migrations(journal),
                    null,
                    null);
            Mailboxes mailboxes = new Mailboxes(context);
            Cleanup cleanup = new Cleanup(platform);
            Attesting attesting = new Attesting(platform, null, null);
            SourceStages source = new SourceStages(platform, null, null);
            DestinationStages destination = new DestinationStages(platform, null, null, null, Admission.DEFAULT, null);
            for (StageRoutes stage : List.of(new AttestingRoute(platform, attesting, source, destination, mailboxes),
                    new PreparingRoute(platform, destination), new SyncingRoute(platform, source),
                    new TransferringRoute(platform, attesting, source),
                    new RestoringRoute(platform, attesting, destination),
                    new CommittingRoute(platform, attesting, source, destination, cleanup),
                    new ReleasingRoute(platform, cleanup, destination), new RollingBackRoute(platform, cleanup),
                    new RepeatingRoute(platform))) {
                stage.setCamelContext(context);
                ((RouteBuilder) stage).configure();
                all.addAll(stage.getRouteCollection().getRoutes());
            }
        }
        return all.stream();
    }

    private static Stream<String> actions(List<ProcessorDefinition<?>> outputs) {
        return outputs.stream().flatMap(node -> {
            if (node instanceof ToDefinition to && to.getUri() != null) {
                return said(to.getUri());
            }
            String label = node instanceof ProcessDefinition process ? String.valueOf(process.getProcessor()) : "";
            boolean action = STEPS.contains(label) || label.startsWith("enter ") || label.startsWith("end ");
            return Stream.concat(action ? Stream.of(label) : Stream.empty(), actions(node.getOutputs()));
        });
    }

    private static Stream<String> said(String uri) {
        return Stream.of("direct:reply-", "direct:tell-").filter(uri::startsWith)
                .map(prefix -> "say " + uri.substring(prefix.length()));
    }
}
