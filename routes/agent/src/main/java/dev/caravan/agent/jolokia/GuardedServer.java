package dev.caravan.agent.jolokia;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;

/** What Jolokia gets to see of the HTTP server: whatever it serves there passes the guard. */
final class GuardedServer extends HttpServer {
    private final HttpServer server;
    private final RequestGuard guard;

    GuardedServer(HttpServer server, RequestGuard guard) {
        this.server = server;
        this.guard = guard;
    }

    @Override
    public HttpContext createContext(String path, HttpHandler handler) {
        return server.createContext(path, guard.before(handler));
    }

    @Override
    public HttpContext createContext(String path) {
        throw new UnsupportedOperationException("a handler that is set later would not be guarded");
    }

    @Override
    public void removeContext(String path) {
        server.removeContext(path);
    }

    @Override
    public void removeContext(HttpContext context) {
        server.removeContext(context);
    }

    @Override
    public void bind(InetSocketAddress address, int backlog) {
        throw new UnsupportedOperationException("it is bound already");
    }

    @Override
    public void start() {
        server.start();
    }

    @Override
    public void stop(int delay) {
        server.stop(delay);
    }

    @Override
    public void setExecutor(Executor executor) {
        server.setExecutor(executor);
    }

    @Override
    public Executor getExecutor() {
        return server.getExecutor();
    }

    @Override
    public InetSocketAddress getAddress() {
        return server.getAddress();
    }
}
