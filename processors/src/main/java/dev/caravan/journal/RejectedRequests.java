package dev.caravan.journal;

import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.store.Store;
import dev.caravan.wire.Excerpt;
import java.time.Instant;

/**
 * Signed requests that this platform would not act on, kept until they have expired: one that was hoarded and comes
 * again, when its container is there at last, must not be acted on either. What was acted on has an entry of its own.
 */
public final class RejectedRequests {
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
     * @param request whose signature was verified: anybody could use up its identity otherwise
     * @param reason  why it was rejected; the first reason stays
     */
    public void add(MigrationRequest request, String reason) {
        store.transaction(() -> {
            store.execute("delete from rejected_request where until < ?", Instant.now().toEpochMilli());
            store.execute("insert or ignore into rejected_request (id, until, reason) values (?, ?, ?)",
                    request.id().toString(), request.isVoidFrom().toEpochMilli(), Excerpt.of(reason, MAX_REASON));
            return store.execute("delete from rejected_request where id in (select id from rejected_request"
                    + " order by until desc limit -1 offset ?)", MAX_KEPT);
        });
    }

    /**
     * Requires that a request was not rejected here before.
     *
     * @throws RequestRejected {@code repeated}, with the reason of then
     */
    public void requireNew(MigrationRequest request) {
        store.query("select reason from rejected_request where id = ?", row -> row.getString(1),
                request.id().toString()).stream().findFirst().ifPresent(reason -> {
                    throw new RequestRejected("repeated", "request " + request.id() + " was rejected before and is"
                            + " not looked at again; ask with a new id. The reason was: " + reason);
                });
    }
}
