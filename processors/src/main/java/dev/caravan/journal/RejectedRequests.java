package dev.caravan.journal;

import dev.caravan.store.Store;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Signed requests that this platform would not act on, kept until they have expired: one that was hoarded and comes
 * again, when its container is there at last, must not be acted on either. What was acted on has an entry of its own.
 */
public final class RejectedRequests {
    static final String SCHEMA = """
                                 create table if not exists rejected_request (
                                   id text primary key, until integer not null, reason text not null);
                                 """;
    /** More than operators can mean; then those go first that expire first. */
    private static final int MAX_KEPT = 10_000;
    private static final int MAX_REASON = 300;

    private final Store store;

    RejectedRequests(Store store) {
        this.store = store;
    }

    /**
     * Keeps a request, and forgets those whose time is over.
     *
     * @param id     its identity; its signature was verified, or anybody could use it up
     * @param until  when nobody would act on it anyway
     * @param reason why it was rejected; the first reason stays
     */
    public void add(UUID id, Instant until, String reason) {
        store.transaction(() -> {
            store.execute("delete from rejected_request where until < ?", Instant.now().toEpochMilli());
            store.execute("insert or ignore into rejected_request (id, until, reason) values (?, ?, ?)", id.toString(),
                    until.toEpochMilli(),
                    reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) + "…" : reason);
            return store.execute("delete from rejected_request where id in (select id from rejected_request"
                    + " order by until desc limit -1 offset ?)", MAX_KEPT);
        });
    }

    /** Why the request of that identity was rejected, if it was. */
    public Optional<String> find(UUID id) {
        return store.query("select reason from rejected_request where id = ?", row -> row.getString(1), id.toString())
                .stream().findFirst();
    }
}
