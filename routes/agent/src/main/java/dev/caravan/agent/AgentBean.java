package dev.caravan.agent;

import dev.caravan.host.Discrepancies;
import dev.caravan.host.Discrepancy;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An agent as JMX shows it. */
final class AgentBean implements AgentMXBean {
    private static final Logger LOG = LoggerFactory.getLogger(AgentBean.class);

    private final String name;
    private final Discrepancies discrepancies;

    private AgentBean(String name, Discrepancies discrepancies) {
        this.name = name;
        this.discrepancies = discrepancies;
    }

    /** Shows the agent from now on; one of that name that was shown before is not any more. */
    static void register(String name, Discrepancies discrepancies) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName object = new ObjectName("dev.caravan:type=Agent,name=" + name);
            if (server.isRegistered(object)) {
                server.unregisterMBean(object);
            }
            server.registerMBean(new AgentBean(name, discrepancies), object);
        } catch (JMException e) {
            LOG.warn("agent {} is not shown in JMX", name, e);
        }
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String[] getDiscrepancies() {
        return discrepancies.all().stream().map(Discrepancy::found).toArray(String[]::new);
    }
}
