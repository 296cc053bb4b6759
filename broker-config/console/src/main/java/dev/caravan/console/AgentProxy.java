package dev.caravan.console;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Passes requests for Jolokia on to the configured agents, and to nothing else, with the agents' credentials and the name
 * of the user who has logged in: both stay on the server. What changes anything goes by POST, for which Spring Security
 * asks for the token; GET reads.
 *
 * <p>It takes the place of Hawtio's proxy, which passes on any path, method and header, and would keep the credentials in
 * the browser.
 */
final class AgentProxy extends HttpServlet {
    static final int MAX_BODY = 128 * 1024;

    private static final long serialVersionUID = 1L;
    private static final Pattern READ = Pattern.compile("(/(version|read|search|list)(/.*)?)?/?");
    /** Hawtio's parameters. Not {@code callback}, nor {@code p}, which holds a whole request. */
    private static final Pattern PARAMETERS = Pattern
            .compile("(&?(?!(callback|p)=)[A-Za-z]{1,32}=[A-Za-z0-9/+.%-]{0,64})*");

    private final transient AgentClient client;
    private final ArrayList<MonitoredAgent> agents;

    AgentProxy(AgentClient client, List<MonitoredAgent> agents) {
        this.client = client;
        this.agents = new ArrayList<>(agents);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = String.valueOf(request.getPathInfo());
        boolean get = request.getMethod().equals("GET");
        if (get && path.equals("/enabled")) {
            answer(response, AgentAnswer.json("true"));
            return;
        }
        Optional<MonitoredAgent> agent = agents.stream()
                .filter(known -> path.equals(known.proxyPath()) || path.startsWith(known.proxyPath() + "/"))
                .findFirst();
        if (agent.isEmpty()) {
            answer(response, AgentAnswer.error(403, "there is no such agent: see caravan.console.agent.<name>"));
            return;
        }
        // as it was sent: what is escaped in it stays escaped
        String raw = request.getRequestURI();
        String rest = raw.substring(raw.indexOf(agent.get().proxyPath()) + agent.get().proxyPath().length());
        String query = request.getQueryString() == null ? "" : request.getQueryString();
        if (get && READ.matcher(rest).matches() && query.isEmpty()) {
            answer(response, client.ask(agent.get(), rest, null, request.getRemoteUser()));
        } else if (request.getMethod().equals("POST") && (rest.isEmpty() || rest.equals("/"))) {
            post(request, response, agent.get(), query);
        } else {
            response.setHeader("Allow", "GET, POST");
            answer(response, AgentAnswer.error(405, "GET only reads (version, read, search, list), without parameters;"
                    + " everything else is a POST to " + agent.get().proxyPath()));
        }
    }

    private void post(HttpServletRequest request, HttpServletResponse response, MonitoredAgent agent, String query)
            throws IOException {
        if (!PARAMETERS.matcher(query).matches()) {
            answer(response, AgentAnswer.error(400, "the query holds what no request of the console's has"));
            return;
        }
        byte[] body = request.getContentLengthLong() > MAX_BODY
                ? null
                : request.getInputStream().readNBytes(MAX_BODY + 1);
        if (body == null || body.length > MAX_BODY) {
            answer(response, AgentAnswer.error(413, "the request is larger than " + MAX_BODY + " bytes"));
            return;
        }
        answer(response, client.ask(agent, query.isEmpty() ? "" : "?" + query, body, request.getRemoteUser()));
    }

    private static void answer(HttpServletResponse response, AgentAnswer answer) throws IOException {
        response.setStatus(answer.status());
        response.setContentType(answer.contentType());
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
    }
}
