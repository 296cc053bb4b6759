package dev.caravan.agent;

import dev.caravan.journal.Stage;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationListener;
import dev.caravan.routes.Mailboxes;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows running migrations, and the last that ended, in JMX. */
final class MigrationBeans implements MigrationListener {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationBeans.class);
    private static final int ENDED_SHOWN = 50;

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final Mailboxes mailboxes;
    private final Deque<ObjectName> ended = new ArrayDeque<>();

    MigrationBeans(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
    }

    @Override
    public void entered(Migration migration, Stage stage, String reason) {
        try {
            ObjectName name = name(migration);
            if (!server.isRegistered(name)) {
                server.registerMBean(new MigrationBean(migration, mailboxes), name);
            }
        } catch (JMException e) {
            LOG.warn("migration {} is not shown in JMX", migration.id(), e);
        }
    }

    @Override
    public void progressed(Migration migration) {
        // attributes are read when they are looked at
    }

    @Override
    public synchronized void ended(Migration migration) {
        try {
            ended.addLast(name(migration));
            if (ended.size() > ENDED_SHOWN) {
                ObjectName oldest = ended.removeFirst();
                if (server.isRegistered(oldest)) {
                    server.unregisterMBean(oldest);
                }
            }
        } catch (JMException e) {
            LOG.warn("an old migration stays in JMX", e);
        }
    }

    private static ObjectName name(Migration migration) throws JMException {
        return new ObjectName("dev.caravan:type=Migration,name=" + migration.id());
    }
}
