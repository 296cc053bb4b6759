package dev.caravan.console;

import io.hawt.web.ForbiddenReason;
import io.hawt.web.ServletHelpers;
import io.hawt.web.proxy.ProxyAddress;
import io.hawt.web.proxy.ProxyServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Hawtio's proxy, for the configured agents and nothing else, with the agents' credentials: they stay on the server.
 *
 * <p>Hawtio itself would ask the user for them and keep them in the browser, which browsers only allow over TLS or on
 * the same machine; and it would let everybody who is logged in reach every port of this machine.
 */
final class AgentProxy extends ProxyServlet {
    private static final long serialVersionUID = 1L;

    private final ArrayList<MonitoredAgent> agents;

    AgentProxy(List<MonitoredAgent> agents) {
        this.agents = new ArrayList<>(agents);
    }

    private record Target(String getFullProxyUrl, String getUserName, String getPassword) implements ProxyAddress {
        @Override
        public String toString() {
            return getFullProxyUrl;
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!"/enabled".equals(request.getPathInfo()) && agent(request).isEmpty()) {
            ServletHelpers.doForbidden(response, ForbiddenReason.HOST_NOT_ALLOWED);
        } else {
            super.service(request, response);
        }
    }

    private Optional<MonitoredAgent> agent(HttpServletRequest request) {
        String path = String.valueOf(request.getPathInfo());
        return path.contains("..")
                ? Optional.empty()
                : agents.stream().filter(
                        agent -> path.equals(agent.proxyPath()) || path.startsWith(agent.proxyPath() + "/"))
                        .findFirst();
    }

    @Override
    protected ProxyAddress parseProxyAddress(HttpServletRequest request) {
        MonitoredAgent agent = agent(request).orElseThrow();
        String query = request.getQueryString();
        // the rest as it was sent: what is escaped in it stays escaped
        String raw = request.getRequestURI();
        String rest = raw.substring(raw.indexOf(agent.proxyPath()) + agent.proxyPath().length());
        return new Target(agent.url() + rest + (query == null ? "" : "?" + query), agent.user(), agent.password());
    }
}
