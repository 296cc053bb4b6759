package dev.caravan.simulation;

import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.request.MigrationRequest;
import dev.caravan.routes.CaravanHeaders;
import dev.caravan.simulation.SimulatedBroker.Letter;
import java.io.Closeable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** One history of a world, as its seed has it: some time in which anything may happen, then a time in which all is well. */
final class Simulation implements Closeable {
    static final List<String> NAMES = List.of("alpha", "beta", "gamma");
    private static final String CONTAINER = "web";
    private static final int TROUBLED_MOVES = 160;
    /** So many more once nothing goes on any more. */
    private static final int IDLE_MOVES = 12;
    private static final int QUIET_ROUNDS = 80;
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final long seed;
    private final Path directory;
    private final Authorities authorities;
    private final Random random;
    private final List<String> history = new ArrayList<>();
    private final Workers workers = new Workers();
    private final SimulatedBroker broker = new SimulatedBroker();
    private final Map<String, SimulatedHost> hosts = new LinkedHashMap<>();
    private final Map<UUID, String> names = new LinkedHashMap<>();
    private final List<UUID> requested = new ArrayList<>();
    private volatile long nanos;
    private long highest;
    private boolean mayBeNone;
    private boolean mayDie;
    private volatile Violation violation;
    private boolean troubled = true;
    private int crashes;
    private int reboots;
    private int failures;
    private int requests;
    private int cancels;
    private int fullDisks;

    /** What must never be. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violation(String what) {
            super(what);
        }
    }

    Simulation(long seed, Authorities authorities, Path directory) {
        this.seed = seed;
        this.directory = directory;
        this.authorities = authorities;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L);
        List<String> all = random.nextInt(4) == 0 ? NAMES : NAMES.subList(0, 2);
        for (String name : all) {
            hosts.put(name, new SimulatedHost(name, directory.resolve(name), this));
        }
        crashes = random.nextInt(4);
        reboots = random.nextInt(5) == 0 ? 1 : 0;
        failures = random.nextInt(3);
        requests = random.nextInt(3);
        cancels = random.nextInt(3) == 0 ? 1 : 0;
        fullDisks = random.nextInt(4) == 0 ? 1 : 0;
        mayDie = random.nextInt(12) == 0;
    }

    /** What must not be has come about; tells the whole history, and how to live through it again. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(Simulation simulation, Throwable why) {
            super("seed " + simulation.seed + ": " + why.getMessage() + "\n" + simulation + "\nAgain: ./caravan test"
                    + " -pl routes/agent -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dcaravan.simulation.seed=" + simulation.seed, why);
        }
    }

    /** Lives through it. */
    void run() throws Failed {
        try {
            live();
        } catch (RuntimeException | AssertionError e) {
            throw new Failed(this, e);
        }
    }

    private void live() {
        hosts.get("alpha").start(CONTAINER);
        hosts.values().forEach(this::start);
        request("alpha", "beta");
        int idle = 0;
        for (int i = 0; i < TROUBLED_MOVES && idle < IDLE_MOVES; i++) {
            move();
            idle = isOver() ? idle + 1 : 0;
        }
        heal();
        for (int round = 0; round < QUIET_ROUNDS && !isOver(); round++) {
            quiet();
        }
        requireEnd();
    }

    /** One line an event. */
    @Override
    public String toString() {
        synchronized (history) {
            return String.join("\n", history);
        }
    }

    private void move() {
        List<Runnable> moves = new ArrayList<>();
        for (SimulatedHost host : hosts.values()) {
            if (host.agent == null) {
                add(moves, 6, () -> start(host));
                continue;
            }
            if (host.agent.hasWork()) {
                add(moves, 40, () -> work(host));
            }
            for (Letter letter : letters(host)) {
                add(moves, 20, () -> deliver(host, letter));
            }
            add(moves, 5, () -> look(host));
            if (crashes > 0) {
                add(moves, 1, () -> crash(host));
            }
            if (reboots > 0) {
                add(moves, 1, () -> reboot(host));
            }
            if (failures > 0) {
                add(moves, 2, () -> fail(host));
            }
            if (cancels > 0) {
                add(moves, 1, () -> cancel(host));
            }
            if (fullDisks > 0 || host.journalFull) {
                add(moves, host.journalFull ? 4 : 1, () -> fill(host));
            }
        }
        add(moves, 8, this::containersWork);
        if (requests > 0) {
            add(moves, 1, this::ask);
        }
        add(moves, broker.isAway() ? 8 : 1, () -> away(!broker.isAway()));
        moves.get(random.nextInt(moves.size())).run();
        after();
    }

    private static void add(List<Runnable> moves, int weight, Runnable move) {
        for (int i = 0; i < weight; i++) {
            moves.add(move);
        }
    }

    /** What happened to the agents and containers by the way. */
    private void after() {
        for (SimulatedHost host : hosts.values()) {
            host.notice();
            if (host.agent != null && host.agent.isKilled()) {
                host.agent.close();
                host.agent = null;
            }
        }
        if (violation != null) {
            throw violation;
        }
    }

    private List<Letter> letters(SimulatedHost host) {
        List<Letter> all = new ArrayList<>();
        if (!broker.isAway()) {
            for (String address : List.of("caravan.requests", "caravan.agent." + host.name + ".control",
                    "caravan.agent." + host.name + ".batches")) {
                if (host.agent.takes(address)) {
                    all.addAll(broker.waiting(address).stream().limit(4).toList());
                }
            }
        }
        return all;
    }

    private void deliver(SimulatedHost host, Letter letter) {
        boolean twice = troubled && random.nextInt(10) == 0;
        note(host.name + " hears " + letter + (twice ? ", and will again" : ""));
        broker.remove(letter);
        SimulatedAgent agent = host.agent;
        boolean taken = agent.take(letter);
        if (twice || agent.isKilled() || !taken && letter.attempts() < 3) {
            broker.put(letter.again());
        }
    }

    private void work(SimulatedHost host) {
        note(host.name + " works");
        host.agent.work();
    }

    private void look(SimulatedHost host) {
        nanos += LOOK.toNanos();
        note(host.name + " looks");
        host.agent.look();
    }

    private void start(SimulatedHost host) {
        note(host.name + " starts");
        SimulatedAgent agent = new SimulatedAgent(host, this);
        host.agent = agent;
        workers.run(agent, agent::start);
    }

    private void crash(SimulatedHost host) {
        crashes--;
        int steps = random.nextInt(8);
        if (steps == 0) {
            note(host.name + " is killed");
            host.agent.kill();
        } else {
            host.agent.killIn(steps);
        }
    }

    private void reboot(SimulatedHost host) {
        reboots--;
        note(host.name + " reboots");
        host.agent.kill();
        after();
        host.reboot();
    }

    private void ask() {
        requests--;
        List<String> all = new ArrayList<>(hosts.keySet());
        Collections.shuffle(all, random);
        request(all.get(0), all.get(1));
    }

    private void cancel(SimulatedHost host) {
        cancels--;
        UUID id = requested.get(random.nextInt(requested.size()));
        note(host.name + " is to cancel " + name(id));
        host.agent.cancel(id);
    }

    private void fill(SimulatedHost host) {
        if (!host.journalFull) {
            fullDisks--;
        }
        note(host.name + (host.journalFull ? " has room on its disk again" : " has a full disk"));
        host.journalFull(!host.journalFull);
    }

    private void fail(SimulatedHost host) {
        failures--;
        host.agent.failIn(1 + random.nextInt(6));
    }

    private void away(boolean away) {
        note(away ? "the broker is away" : "the broker is back");
        broker.away(away);
    }

    private void containersWork() {
        for (SimulatedHost host : hosts.values()) {
            for (Copy copy : host.copies()) {
                if (copy.runs()) {
                    copy.count++;
                    highest = Math.max(highest, copy.count);
                    SimulatedRuntime.write(copy.file(), Long.toString(copy.count));
                }
            }
        }
    }

    private void request(String source, String destination) {
        Instant now = Instant.now();
        UUID id = new UUID(random.nextLong(), random.nextLong());
        names.put(id, "m" + (names.size() + 1));
        requested.add(id);
        MigrationRequest request = new MigrationRequest(id, CONTAINER, source, destination, "stopcopy", now,
                now.plus(MigrationRequest.DEFAULT_LIFETIME));
        try {
            byte[] json = request.toJson();
            broker.ask("request " + name(id), json,
                    Map.of(CaravanHeaders.SIGNATURE,
                            Base64.getEncoder().encodeToString(authorities.operator.sign(json)),
                            CaravanHeaders.CERTIFICATE,
                            Base64.getEncoder().encodeToString(authorities.operator.holder().getEncoded())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        note("somebody asks for " + name(id) + " from " + source + " to " + destination);
    }

    private void heal() {
        note("all is well from now on");
        troubled = false;
        crashes = 0;
        reboots = 0;
        broker.away(false);
        hosts.values().stream().filter(host -> host.journalFull).forEach(host -> host.journalFull(false));
    }

    private void quiet() {
        for (SimulatedHost host : hosts.values()) {
            if (host.agent == null) {
                start(host);
                after();
                continue;
            }
            host.agent.killIn(0);
            host.agent.failIn(0);
            for (int i = 0; i < 200 && host.agent != null && (host.agent.hasWork() || !letters(host).isEmpty()); i++) {
                if (host.agent.hasWork()) {
                    work(host);
                } else {
                    deliver(host, letters(host).get(0));
                }
                after();
            }
            look(host);
            after();
        }
        containersWork();
    }

    private boolean isOver() {
        return hosts.values().stream().allMatch(host -> host.agent != null && !host.agent.hasWork()
                && !host.agent.isKilled() && letters(host).isEmpty()
                && host.agent.journal.unfinished().stream().allMatch(this::isHonestDoubt)) && !broker.isAway();
    }

    /** Something may have run at the destination, and nothing is left of it: a person must decide. */
    private boolean isHonestDoubt(JournalledMigration entry) {
        return entry.stage() == Stage.IN_DOUBT && mayBeNone;
    }

    private void requireEnd() {
        boolean doubt = false;
        for (SimulatedHost host : hosts.values()) {
            for (JournalledMigration entry : host.agent.journal.unfinished()) {
                if (!isHonestDoubt(entry)) {
                    throw new Violation(host.name + " never ends " + name(entry.id()) + ", which is "
                            + entry.stage().label());
                }
                doubt = true;
            }
            if (!doubt) {
                host.requireNothingLeft();
            }
        }
        List<Copy> copies = hosts.values().stream().flatMap(host -> host.copies().stream()).toList();
        long running = copies.stream().filter(Copy::runs).count();
        if (running == 0 && !mayBeNone) {
            throw new Violation("none runs");
        }
        if (copies.size() > running && !doubt) {
            throw new Violation("something is left of " + CONTAINER);
        }
        for (UUID id : requested) {
            Map<Role, Stage> ends = new TreeMap<>();
            hosts.values().forEach(host -> host.agent.journal.find(id)
                    .ifPresent(entry -> ends.put(entry.role(), entry.stage())));
            boolean differ = ends.size() == 2 && (ends.get(Role.SOURCE) == Stage.COMPLETED) != (ends
                    .get(Role.DESTINATION) == Stage.COMPLETED);
            if (differ) {
                throw new Violation("the journals do not agree on " + name(id) + ": " + ends);
            }
        }
    }

    /** Looks at all hosts at once, whenever something has changed there. */
    synchronized void observe() {
        List<Copy> all = hosts.values().stream().flatMap(host -> host.present().stream()).toList();
        List<Copy> running = all.stream().filter(Copy::runs).toList();
        if (running.size() > 1) {
            broken("two run");
        }
        for (Copy copy : running) {
            if (copy.count < highest) {
                broken(copy.container + " at " + copy.host + " went back from " + highest + " to " + copy.count);
            }
            if (!SimulatedRuntime.read(copy.file()).equals(Long.toString(copy.count))) {
                broken("the files of " + copy.container + " at " + copy.host + " are not of " + copy.count);
            }
        }
        if (hosts.values().stream().flatMap(host -> host.network.nets().stream()).filter(net -> net.up).count() > 1) {
            broken("two hosts answer for the address of " + CONTAINER);
        }
        if (all.isEmpty() && !mayBeNone) {
            broken("none exists");
        }
    }

    /** Seen within an agent, which is not to make a failure of its own of it. */
    private void broken(String rule) {
        note("BROKEN: " + rule);
        violation = violation == null ? new Violation(rule) : violation;
    }

    void lost(Copy copy) {
        mayBeNone = true;
        highest = 0;
    }

    boolean diesWhenItRuns(Copy copy) {
        if (mayDie && troubled && random.nextInt(2) == 0) {
            mayBeNone = true;
            return true;
        }
        return false;
    }

    synchronized boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    void note(String line) {
        synchronized (history) {
            history.add(line.replace(directory.toString(), ""));
        }
    }

    String name(UUID migration) {
        return names.getOrDefault(migration, "?");
    }

    Authorities authorities() {
        return authorities;
    }

    Workers workers() {
        return workers;
    }

    SimulatedBroker broker() {
        return broker;
    }

    long nanoTime() {
        return nanos;
    }

    @Override
    public void close() {
        hosts.values().stream().filter(host -> host.agent != null).forEach(host -> host.agent.kill());
        workers.close();
        hosts.values().stream().filter(host -> host.agent != null).forEach(host -> host.agent.close());
        SimulatedHost.delete(directory);
    }
}
