package dev.caravan.simulation;

import dev.caravan.agent.AgentRoutes;
import dev.caravan.control.ControlMessage;
import dev.caravan.journal.Journal;
import dev.caravan.journal.Stage;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.ControlLink;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.MigrationListener;
import dev.caravan.migration.Migrations;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.routes.CaravanHeaders;
import dev.caravan.stage.Platform;
import dev.caravan.stream.BatchChannel;
import dev.caravan.stream.BatchHandler;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchRejected;
import dev.caravan.stream.BatchSettings;
import dev.caravan.stream.BatchThreads;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.FactoryFinderResolver;
import org.apache.camel.support.DefaultExchange;

/** One agent from its start until it is killed: whole, but for what it reaches outside of itself. */
final class SimulatedAgent implements MigrationListener {
    private static final FactoryFinderResolver FOUND = new FoundOnce();

    final SimulatedHost host;
    private final Simulation world;
    private final CamelContext context = new DefaultCamelContext();
    private final Map<String, Processor> consumers = new TreeMap<>();
    private final Map<String, Processor> timers = new TreeMap<>();
    private final List<Runnable> ticks = new ArrayList<>();
    private final Queue<Runnable> queue = new ArrayDeque<>();
    final Journal journal;
    final Platform platform;
    private final ProducerTemplate producer;
    private final AgentRoutes routes;
    private volatile boolean killed;
    /** So many steps from now it is killed; 0 for not at all. */
    private int stepsToLive;
    /** So many steps from now one fails; 0 for none. */
    private int stepsToFailure;

    SimulatedAgent(SimulatedHost host, Simulation world) {
        this.host = host;
        this.world = world;
        journal = new Journal(host.home.resolve("journal.db"));
        Migrations migrations = new Migrations(journal, this::nanoTime);
        Links links = new Links();
        platform = new Platform(host.name, host.home.resolve("containers"), host.run,
                new ContainerNetwork(host.network.as(this), "br0", host.network.names()), "/caravan", migrations,
                new SimulatedRuntime(host, this), links);
        migrations.listen(this);
        context.getCamelContextExtension().setName(host.name);
        context.disableJMX();
        context.getCamelContextExtension().addContextPlugin(FactoryFinderResolver.class, FOUND);
        context.getExecutorServiceManager().setThreadPoolFactory(new SimulatedThreads(this));
        context.addComponent("jms", SimulatedComponents.jms(this));
        context.addComponent("timer", SimulatedComponents.timer(this));
        context.addComponent("tpm", SimulatedComponents.tpm(this, world.authorities().platform(host.name)));
        producer = context.createProducerTemplate();
        try {
            routes = new AgentRoutes(context, platform, links, world.authorities().platform(host.name).identity(),
                    world.authorities().trust, host.home);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Recovers, then takes messages; in a thread of its own, for it may be killed meanwhile. */
    void start() {
        routes.start();
    }

    private long nanoTime() {
        if (killed) {
            world.workers().hang();
        }
        return world.nanoTime();
    }

    boolean isKilled() {
        return killed;
    }

    /** Nothing that it has in memory does anything from now on. */
    void kill() {
        killed = true;
    }

    void killIn(int steps) {
        stepsToLive = steps;
    }

    void failIn(int steps) {
        stepsToFailure = steps;
    }

    /** Something that reaches outside is about to be done: the agent may be killed before it. */
    void step(String what) {
        if (!killed && stepsToLive > 0 && --stepsToLive == 0) {
            world.note(host.name + " is killed at " + what);
            killed = true;
        }
        if (killed) {
            world.workers().hang();
        }
    }

    /** The same for what may fail as well. */
    boolean stepFails(String what) {
        step(what);
        if (stepsToFailure > 0 && --stepsToFailure == 0) {
            world.note(host.name + ": " + what + " fails");
            return true;
        }
        return false;
    }

    void consumer(String address, Processor route) {
        consumers.put(address, route);
    }

    void timer(String name, Processor route) {
        timers.put(name, route);
    }

    void forget(Runnable tick) {
        ticks.remove(tick);
    }

    void queue(Runnable task) {
        synchronized (queue) {
            queue.add(task);
        }
    }

    void begin(Runnable task) {
        world.workers().start(this, task);
    }

    boolean hasWork() {
        synchronized (queue) {
            return !queue.isEmpty();
        }
    }

    /** Does what waits for a thread. */
    void work() {
        Runnable task;
        synchronized (queue) {
            task = queue.poll();
        }
        world.workers().run(this, task);
    }

    /** Time has passed. */
    void look() {
        world.workers().run(this, () -> {
            for (Processor timer : List.copyOf(timers.values())) {
                take(timer, null, Map.of());
            }
            List.copyOf(ticks).forEach(Runnable::run);
        });
    }

    void cancel(UUID migration) {
        world.workers().run(this, () -> routes.cancel(migration));
    }

    boolean takes(String address) {
        return consumers.containsKey(address);
    }

    /** A message arrives; whether it was taken. */
    boolean take(SimulatedBroker.Letter letter) {
        boolean[] taken = {false};
        world.workers().run(this, () -> taken[0] = take(consumers.get(letter.address()), letter.body(),
                letter.headers()));
        return taken[0];
    }

    private boolean take(Processor route, byte[] body, Map<String, Object> headers) {
        Exchange exchange = new DefaultExchange(context);
        exchange.getMessage().setBody(body);
        exchange.getMessage().setHeaders(new java.util.HashMap<>(headers));
        try {
            route.process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        return exchange.getException() == null;
    }

    /** What the routes put into a queue. */
    void send(String address, byte[] body, Map<String, Object> headers) {
        step("send");
        if (address.startsWith("DLQ.")) {
            world.note(host.name + " refuses a message: " + headers.get(CaravanHeaders.REASON));
            return;
        }
        world.broker().send(address, what(address, body), body, headers);
    }

    private String what(String address, byte[] body) {
        try {
            if (address.endsWith(".batches")) {
                BatchHeader header = BatchHeader.read(body);
                return header.kind() + " " + (header.number() & ~BatchHeader.ACK_BIT);
            }
            return WireJson.tree(body).path("type").asText("request");
        } catch (BatchRejected | MalformedJson e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void entered(Migration migration, Stage stage, String reason) {
        world.note(host.name + " " + world.name(migration.id()) + " " + stage.label()
                + (reason.isEmpty() ? "" : ": " + reason));
        if (reason.contains(" cannot be removed (")) {
            host.mayLeaveNetwork = true;
        }
        step("journalled " + stage.label());
    }

    @Override
    public void progressed(Migration migration) {
        // nobody watches
    }

    @Override
    public void ended(Migration migration) {
        step("ended");
    }

    void close() {
        journal.close();
    }

    /** The agent's ways to the broker. */
    private final class Links implements ControlLink, BatchLink {
        @Override
        public void send(ControlMessage message) {
            Exchange sent = producer.send("direct:send-control", exchange -> exchange.getMessage().setBody(message));
            if (sent.getException() != null) {
                throw new MigrationFailed("broker", message.type().label() + " could not be sent",
                        sent.getException());
            }
        }

        @Override
        public void sendWhenPossible(ControlMessage message) {
            queue(() -> {
                try {
                    send(message);
                } catch (MigrationFailed e) {
                    world.note(host.name + " does not send " + message.type().label());
                }
            });
        }

        @Override
        public void send(String platform, UUID migration, byte[] batch) {
            SimulatedAgent.this.send("caravan.agent." + platform + ".batches", batch,
                    Map.of(CaravanHeaders.MIGRATION, migration.toString()));
        }

        @Override
        public BatchChannel open(Migration migration, BatchHandler handler) {
            return new BatchChannel(migration.session(), batch -> send(migration.peer(), migration.id(), batch),
                    handler, BatchSettings.defaults(),
                    new BatchThreads(new SimulatedThreads.Pool(new SimulatedThreads.Serial()),
                            new SimulatedThreads.Pool(new SimulatedThreads.Serial()),
                            new SimulatedThreads.Timer(ticks::add, SimulatedAgent.this::forget), world::nanoTime));
        }
    }
}
