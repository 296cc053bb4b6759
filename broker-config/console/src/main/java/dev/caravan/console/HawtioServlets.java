package dev.caravan.console;

import io.hawt.web.ServletHelpers;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.StringWriter;
import org.jolokia.json.JSONWriter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.stereotype.Component;

/** Puts two servlets of our own in the places of Hawtio's, which offers no setting for either. */
@Component
class HawtioServlets implements BeanPostProcessor {
    private final ObjectProvider<ConsoleConfiguration> configuration;

    HawtioServlets(ObjectProvider<ConsoleConfiguration> configuration) {
        this.configuration = configuration;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof ServletRegistrationBean<?> registration) {
            if (name.equals("jolokiaProxyServlet")) {
                ConsoleConfiguration settings = configuration.getObject();
                replace(registration, new AgentProxy(new AgentClient(settings.agentTrust()), settings.agents()));
            } else if (name.equals("userServlet")) {
                replace(registration, new WhoIsLoggedIn());
            }
        }
        return bean;
    }

    @SuppressWarnings("unchecked")
    private static void replace(ServletRegistrationBean<?> registration, Servlet servlet) {
        ((ServletRegistrationBean<Servlet>) registration).setServlet(servlet);
    }

    /** Tells Hawtio's page the name that Spring Security knows. */
    private static final class WhoIsLoggedIn extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            StringWriter name = new StringWriter();
            JSONWriter.serialize(request.getRemoteUser(), name);
            ServletHelpers.sendJSONResponse(response, name.toString());
        }
    }
}
