package dev.caravan.routes;

import dev.caravan.migration.Migrations;
import org.apache.camel.builder.RouteBuilder;

/** Looks at every running migration every two seconds; what is to be done is done by its mailbox. */
public final class WatchdogRoute extends RouteBuilder {
    private final Migrations migrations;
    private final Mailboxes mailboxes;

    public WatchdogRoute(Migrations migrations, Mailboxes mailboxes) {
        this.migrations = migrations;
        this.mailboxes = mailboxes;
    }

    @Override
    public void configure() {
        from("timer:watchdog?period=2000&delay=3000").routeId("watchdog")
                .process(exchange -> migrations.running().forEach(mailboxes::look));
    }
}
