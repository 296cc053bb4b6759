package dev.caravan.cli.demo;

import java.io.IOException;
import java.time.Instant;

/**
 * What a Redis server keeps in its memory from its start on: one that was started again has another one.
 *
 * @param runId     40 hexadecimal digits that it drew when it started
 * @param startedAt when it started, to the second
 */
public record ServerIdentity(String runId, Instant startedAt) {

    static ServerIdentity of(Redis server) throws IOException {
        long now = Long.parseLong(server.info("server_time_usec")) / 1_000_000;
        return new ServerIdentity(server.info("run_id"),
                Instant.ofEpochSecond(now - Long.parseLong(server.info("uptime_in_seconds"))));
    }
}
