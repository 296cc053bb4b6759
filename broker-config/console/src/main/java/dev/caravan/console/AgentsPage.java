package dev.caravan.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The first page after the log-in: one link for every agent. */
@RestController
class AgentsPage {
    private final List<MonitoredAgent> agents;
    private final String template;

    AgentsPage(ConsoleConfiguration configuration) throws IOException {
        agents = configuration.agents();
        template = new ClassPathResource("agents.html", AgentsPage.class).getContentAsString(StandardCharsets.UTF_8);
    }

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    String page() {
        String links = agents.stream().map(agent -> HtmlUtils.htmlEscape(agent.name()))
                .map(name -> "<li><a href=\"hawtio/?con=" + name + "\">" + name + "</a></li>")
                .collect(Collectors.joining());
        return template.replace("<!-- one link for each agent -->", links);
    }

    /** The agents as Hawtio's page keeps connections: by identity, without credentials. */
    @GetMapping(path = "/agents.json", produces = MediaType.APPLICATION_JSON_VALUE)
    Map<String, Map<String, Object>> connections() {
        Map<String, Map<String, Object>> connections = new LinkedHashMap<>();
        for (MonitoredAgent agent : agents) {
            connections.put(agent.name(),
                    Map.of("id", agent.name(), "name", agent.name(), "scheme", agent.url().getScheme(), "host",
                            agent.url().getHost(), "port", agent.url().getPort(), "path", agent.url().getPath()));
        }
        return connections;
    }
}
