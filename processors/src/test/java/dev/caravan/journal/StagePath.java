package dev.caravan.journal;

import dev.caravan.migration.Migration;
import dev.caravan.migration.Migrations;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** Leads a migration to a stage, as a journal allows it: by the shortest way. */
public final class StagePath {

    private StagePath() {
    }

    /** Has the journal's entry enter all stages up to {@code to}. */
    public static void lead(Journal journal, UUID id, Stage to) {
        walk(journal.find(id).orElseThrow().stage(), to, stage -> journal.enter(id, stage, ""));
    }

    /** Has a running migration enter all stages up to {@code to}. */
    public static void lead(Migrations migrations, Migration migration, Stage to) {
        walk(migration.stage(), to, stage -> migrations.enter(migration, stage, ""));
    }

    private static void walk(Stage from, Stage to, Consumer<Stage> enter) {
        Map<Stage, Stage> before = new EnumMap<>(Stage.class);
        Deque<Stage> open = new ArrayDeque<>();
        open.add(from);
        while (!open.isEmpty() && !before.containsKey(to)) {
            Stage stage = open.poll();
            for (Stage next : Stage.values()) {
                if (stage.mayBecome(next) && before.putIfAbsent(next, stage) == null) {
                    open.add(next);
                }
            }
        }
        Deque<Stage> way = new ArrayDeque<>();
        for (Stage stage = to; stage != from; stage = before.get(stage)) {
            way.push(stage);
        }
        way.forEach(enter);
    }
}
