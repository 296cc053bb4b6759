package dev.caravan.handover;

import dev.caravan.handover.World.Field;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import java.util.EnumSet;
import java.util.Set;

/** Where the two sides keep the same things in a {@link World}. */
enum Side {
    SOURCE(Role.SOURCE, Field.SOURCE_STAGE, Field.SOURCE_ABANDONED, Field.SOURCE_REACTION, Field.SOURCE_AT,
            Field.SOURCE_NEXT, Field.SOURCE_CRASHES, Field.SOURCE_LINK,
            Field.SOURCE_IMAGES), DESTINATION(Role.DESTINATION, Field.DESTINATION_STAGE, Field.DESTINATION_ABANDONED,
                    Field.DESTINATION_REACTION, Field.DESTINATION_AT,
                    Field.DESTINATION_NEXT, Field.DESTINATION_CRASHES, Field.DESTINATION_LINK,
                    Field.DESTINATION_IMAGES);

    final Role role;
    final Field stage;
    final Field abandoned;
    final Field reaction;
    final Field at;
    final Field next;
    final Field crashes;
    final Field link;
    final Field images;

    Side(Role role, Field stage, Field abandoned, Field reaction, Field at, Field next, Field crashes, Field link,
            Field images) {
        this.role = role;
        this.stage = stage;
        this.abandoned = abandoned;
        this.reaction = reaction;
        this.at = at;
        this.next = next;
        this.crashes = crashes;
        this.link = link;
        this.images = images;
    }

    Side other() {
        return this == SOURCE ? DESTINATION : SOURCE;
    }

    /** The stage in its journal; null if it does not know the migration. */
    Stage stage(World world) {
        int value = world.get(stage);
        return value == 0 ? null : Stage.values()[value - 1];
    }

    void enter(World world, Stage entered) {
        world.set(stage, entered.ordinal() + 1);
    }

    /** Whether a reaction is under way. */
    boolean isBusy(World world) {
        return world.is(reaction);
    }

    /** What it must see to before anything else; null if nothing. */
    Event next(World world) {
        int value = world.get(next);
        return value == 0 ? null : Event.values()[value - 1];
    }

    void next(World world, Event event) {
        world.set(next, event == null ? 0 : event.ordinal() + 1);
    }

    /** A number for each {@link #situation}. */
    int code(World world) {
        int conditions = this == SOURCE
                ? world.get(Field.SOURCE_PROVED) << 1 | world.get(Field.SOURCE_COPY_LOST) << 2
                : world.get(Field.DESTINATION_ESTABLISHED) << 1 | world.get(Field.DESTINATION_REPORTED) << 2;
        return (ordinal() << 4 | world.get(stage)) << 4 | conditions | world.get(abandoned);
    }

    Situation situation(World world) {
        Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        if (world.is(abandoned)) {
            conditions.add(Condition.ABANDONED);
        }
        if (this == SOURCE && world.is(Field.SOURCE_PROVED)) {
            conditions.add(Condition.PROVED);
        }
        if (this == SOURCE && world.is(Field.SOURCE_COPY_LOST)) {
            conditions.add(Condition.COPY_LOST);
        }
        if (this == DESTINATION && world.is(Field.DESTINATION_ESTABLISHED)) {
            conditions.add(Condition.ESTABLISHED);
        }
        if (this == DESTINATION && world.is(Field.DESTINATION_REPORTED)) {
            conditions.add(Condition.REPORTED);
        }
        return new Situation(role, stage(world), conditions);
    }
}
