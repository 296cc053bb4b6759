package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.query.OperatorQuery.Runs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What it means to settle a migration by hand, as far as the hosts that still answer can tell.
 *
 * @param runs  where the container is to go on
 * @param sides the verified rows of the hosts' journals, as {@code status} has them
 */
record Resolution(Runs runs, List<JsonNode> sides) {
    private static final Set<String> RUN_THERE = Set.of("releasing", "completed");
    private static final Set<String> SETTLED = Set.of("completed", "rolled-back", "refused", "cancelled");

    /** Why it must not be done; empty if only a person can know better. */
    Optional<String> refusal() {
        if (sides.isEmpty()) {
            return Optional.of("no host that answered knows this migration; 'caravan status' lists all");
        }
        if (sides.stream().allMatch(side -> SETTLED.contains(stage(side)))) {
            return Optional.of("there is nothing to resolve: " + stages());
        }
        Optional<JsonNode> destination = side("destination");
        if (runs == Runs.SOURCE && destination.filter(side -> RUN_THERE.contains(stage(side))).isPresent()) {
            return Optional.of(host(destination.get()) + " says that the container runs there: " + stages()
                    + ". If it really does not, stop its agent first");
        }
        Optional<JsonNode> source = side("source");
        if (runs == Runs.DESTINATION && source.filter(side -> SETTLED.contains(stage(side))
                && !stage(side).equals("completed")).isPresent()) {
            return Optional.of(host(source.get()) + " says that the container went on there: " + stages());
        }
        return Optional.empty();
    }

    /** What will be done, line by line, and what whoever says yes must have seen to. */
    List<String> words() {
        JsonNode any = sides.get(0);
        String container = any.path("container").asText();
        String source = any.path("source").asText();
        String destination = any.path("destination").asText();
        String kept = runs == Runs.SOURCE ? source : destination;
        String lost = runs == Runs.SOURCE ? destination : source;
        List<String> words = new ArrayList<>();
        words.add("Migration " + any.path("migrationId").asText() + " of " + container + ", " + source + " to "
                + destination + ": " + stages() + ".");
        if (side(runs == Runs.SOURCE ? "destination" : "source").isEmpty()) {
            words.add(lost + " does not answer.");
        }
        words.add(runs == Runs.SOURCE
                ? source + " puts up the link of its frozen copy of " + container + " and lets it go on. What "
                        + container + " has done at " + destination + " since, if it ever ran there, is gone."
                : destination + " keeps or opens its copy of " + container + "; " + source
                        + " kills its frozen copy and deletes what came to it with a migration.");
        words.add("Two copies run if " + container + " runs, or can ever run again, at " + lost + ": be sure that it"
                + " cannot (power off, or 'runc delete --force " + container + "' there).");
        if (side(runs == Runs.SOURCE ? "source" : "destination").isEmpty()) {
            words.add("Nothing happens at " + kept + " before its agent answers again.");
        }
        return words;
    }

    private String stages() {
        return String.join(", ", sides.stream().map(side -> host(side) + " is " + stage(side)).toList());
    }

    private Optional<JsonNode> side(String role) {
        return sides.stream().filter(side -> side.path("role").asText().equals(role)).findFirst();
    }

    private static String host(JsonNode side) {
        return side.path("host").asText();
    }

    private static String stage(JsonNode side) {
        return side.path("stage").asText();
    }
}
