// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which part of the server may know which. ARCHITECTURE.md draws the same arrows. */
@AnalyzeClasses(packages = "dev.bellhop", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String BELLHOP = "dev.bellhop.";
    private static final String SERVER = BELLHOP + "server.";

    /** What each package may know, of the server and (after a colon) of the other modules. ARCHITECTURE.md tells why. */
    private static final Map<String, String> ARROWS = Map.ofEntries(
            entry("digest", ""),
            entry("failure", ""),
            entry("limit", ""),
            entry("tenant", ""),
            entry("tls", "digest"),
            entry("encryption", "failure"),
            entry("cluster", ""),
            entry(
                    "cluster.api",
                    "audit cluster cluster.credentials cluster.message execution execution.engine execution.follow execution.script execution.store operation vms guest tenant vm failure :qga"),
            entry("cluster.admin", "cluster cluster.api cluster.credentials cluster.message digest vm failure"),
            entry("cluster.credentials", "cluster digest"),
            entry("cluster.message", "cluster execution execution.store operation vms guest tenant vm failure :qga"),
            entry(
                    "cluster.node",
                    "cluster cluster.credentials cluster.message execution execution.engine execution.store operation vms hypervisor tenant vm failure :qga :api.retry"),
            entry(
                    "cluster.guest",
                    "cluster cluster.api cluster.message cluster.node execution file forward forward.guest guest.question policy stream terminal terminal.guest vm failure :qga"),
            entry("cluster.nats", "cluster cluster.credentials tls :api.retry"),
            entry("vm", "failure"),
            entry("hypervisor", "vm failure :qga"),
            entry("hypervisor.qemu", "hypervisor vm failure :qga :qga.client"),
            entry("hypervisor.libvirt", "hypervisor vm failure :qga :qga.client :api.retry"),
            entry("guest", "hypervisor vm failure :qga"),
            entry("guest.maintenance", "guest guest.question hypervisor vm failure :qga"),
            entry("guest.question", "vm"),
            entry("execution", "tenant vm failure :qga :api.approval"),
            entry("execution.store", "execution tenant vm failure :qga"),
            entry("execution.script", "execution failure :qga"),
            entry(
                    "execution.guest",
                    "execution execution.script execution.store hypervisor limit stream vm failure :qga :api.retry"),
            entry(
                    "execution.follow",
                    "execution execution.script execution.store execution.guest hypervisor tenant :qga"),
            entry(
                    "execution.engine",
                    "execution execution.script execution.store execution.guest execution.follow guest hypervisor limit stream tenant vm failure :qga :api.retry"),
            entry("stream", "execution.script hypervisor vm :qga :api.retry"),
            entry("file", "execution.script execution.guest guest hypervisor stream digest vm failure :qga :api.tar"),
            entry("file.windows", "file execution.script guest vm failure :qga"),
            entry("operation", "guest hypervisor tenant vm failure :qga"),
            entry("vms", "operation guest hypervisor vm failure :qga"),
            entry("clock", "guest guest.question vm failure :qga"),
            entry("doctor", "execution.script guest guest.question hypervisor stream vm failure :qga"),
            entry("login", "execution execution.script guest guest.question hypervisor sshkey digest vm failure :qga"),
            entry("forward", "access execution limit digest policy tenant vm failure"),
            entry("forward.guest", "forward execution.script policy stream terminal terminal.guest vm failure :qga"),
            entry("terminal", "access execution limit digest tenant vm failure"),
            entry("terminal.guest", "terminal execution.script guest hypervisor stream vm failure :qga"),
            entry("recording", "terminal masking limit digest tenant vm failure :api"),
            entry("policy", "tenant failure"),
            entry("masking", "limit tenant failure"),
            entry("audit", "tenant vm failure :api.audit"),
            entry("access", "policy digest limit tenant vm failure"),
            entry(
                    "ssh",
                    "access audit execution forward limit policy service service.terminal service.vm ssh.crypto ssh.login ssh.memory stream terminal failure :api.v2.execution :api.v2.terminal"),
            entry("ssh.crypto", "sshkey"),
            entry("ssh.login", "access audit execution service service.vm ssh.crypto sshkey vm failure :api.audit"),
            entry("access.ssh", "access sshkey tenant failure"),
            entry("sshkey", "digest"),
            entry("ssh.memory", "limit"),
            entry("ssh.sftp", "ssh.login ssh.memory access audit file service service.file vm failure"),
            entry("store", "audit encryption tenant failure :api.audit"),
            entry("store.content", "store execution execution.store policy encryption tenant vm failure"),
            entry(
                    "store.sql",
                    "store store.content cluster cluster.admin cluster.api cluster.message execution execution.store operation terminal recording access access.ssh sshkey policy audit masking encryption tenant vm failure :api.audit"),
            entry("store.copy", "store :api.audit"),
            entry("store.sqlite", "store store.copy encryption :api.audit"),
            entry("store.postgres", "store store.copy encryption :api.audit :api.retry"));

    @ArchTest
    static final ArchRule EACH_PACKAGE_KNOWS_ONLY_WHAT_IS_BELOW = classes()
            .that()
            .resideInAPackage(BELLHOP + "server..")
            .and()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "service..", SERVER + "http..")
            .should(knowOnlyWhatIsBelow());

    @ArchTest
    static final ArchRule DOORS_ARE_KNOWN_TO_APP_ALONE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "http..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "http..");

    @ArchTest
    static final ArchRule THE_SSH_DOOR_IS_KNOWN_TO_APP_ALONE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "ssh..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "ssh..");

    /** A server that serves no SSH loads nothing of it. */
    @ArchTest
    static final ArchRule SSH_ALONE_KNOWS_ITS_LIBRARY = only("ssh", "org.apache.sshd..");

    @ArchTest
    static final ArchRule SERVICE_KNOWS_NO_STORE_AND_NO_HYPERVISOR = noClasses()
            .that()
            .resideInAPackage(SERVER + "service..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    SERVER + "store..",
                    SERVER + "hypervisor..",
                    SERVER + "execution.script..",
                    SERVER + "execution.guest..");

    /** They are public for one package alone, which does for Windows what is done beside them for all others. */
    @ArchTest
    static final ArchRule WHAT_FILES_SHARE_WITH_WINDOWS_IS_FOR_NOBODY_ELSE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "file", SERVER + "file.windows")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(".*\\.file\\.(AgentFiles|FileReply)(\\$.*)?");

    /** The VM of an execution may be another process's. */
    @ArchTest
    static final ArchRule SERVICES_KNOW_THE_ENGINE_BY_ITS_SEAMS = noClasses()
            .that()
            .resideInAPackage(SERVER + "service..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(".*\\.ExecutionEngine(\\$.*)?");

    @ArchTest
    static final ArchRule DOORS_KNOW_NOTHING_OF_GUESTS_AND_STORES = noClasses()
            .that()
            .resideInAPackage(SERVER + "http..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    SERVER + "hypervisor..",
                    SERVER + "execution.script..",
                    SERVER + "execution.guest..",
                    SERVER + "execution.follow..");

    /** What is below the services may be a value in an answer; what does anything is asked by a service alone. */
    @ArchTest
    static final ArchRule DOORS_CALL_SERVICES_ALONE = noClasses()
            .that()
            .resideInAnyPackage(SERVER + "http.v1..", SERVER + "http.v2..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    ".*\\.(Accounts|Keys|Masks|SavedCommands|AuditTrail|Operations|Vms|Engine|ExecutionEngine|ExecutionLookup|KeyRotation|.*Store)");

    @ArchTest
    static final ArchRule STORES_ARE_KNOWN_TO_APP_ALONE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "store..");

    /** Its files, that is: no class leads back to itself by way of others. */
    @ArchTest
    static final ArchRule NO_CIRCLES_OF_FILES =
            slices().assignedFrom(new Files()).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NOTHING_KNOWS_APP = noClasses()
            .that()
            .resideOutsideOfPackage(SERVER + "app..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "app..");

    @ArchTest
    static final ArchRule THE_KINDS_OF_HYPERVISOR_ARE_KNOWN_TO_APP_ALONE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "hypervisor.qemu..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "hypervisor.qemu..");

    @ArchTest
    static final ArchRule LIBVIRT_IS_KNOWN_TO_APP_ALONE = noClasses()
            .that()
            .resideOutsideOfPackages(SERVER + "app..", SERVER + "hypervisor.libvirt..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "hypervisor.libvirt..");

    @ArchTest
    static final ArchRule NO_CIRCLES =
            slices().matching(SERVER + "(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule HTTP_ALONE_KNOWS_JETTY = only("http", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule STORE_ALONE_KNOWS_SQL = only(
            "store", "java.sql..", "javax.sql..", "org.sqlite..", "org.postgresql..", "org.flywaydb..", "com.zaxxer..");

    @ArchTest
    static final ArchRule WHAT_SQL_STORES_SHARE_KNOWS_NO_DIALECT = noClasses()
            .that()
            .resideInAnyPackage(SERVER + "store", SERVER + "store.content", SERVER + "store.sql", SERVER + "store.copy")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.sqlite..",
                    "org.postgresql..",
                    "org.flywaydb..",
                    SERVER + "store.sqlite..",
                    SERVER + "store.postgres..");

    /** A server with a file needs no PostgreSQL, and loads nothing of it. */
    @ArchTest
    static final ArchRule THE_DIALECTS_DO_NOT_KNOW_EACH_OTHER = noClasses()
            .that()
            .resideInAnyPackage(SERVER + "store.sqlite..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.postgresql..", SERVER + "store.postgres..");

    @ArchTest
    static final ArchRule WHAT_TENANTS_WRITE_ALONE_KNOWS_PATTERNS = noClasses()
            .that()
            .resideInAPackage("dev.bellhop..")
            .and()
            .resideOutsideOfPackages(SERVER + "policy..", SERVER + "masking..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.google.re2j..");

    @ArchTest
    static final ArchRule ENCRYPTION_ALONE_KNOWS_TINK = only("encryption", "com.google.crypto..");

    @ArchTest
    static final ArchRule CONFIGURATION_AND_THE_API_DOCUMENT_KNOW_YAML = noClasses()
            .that()
            .resideInAPackage("dev.bellhop..")
            .and()
            .resideOutsideOfPackages(SERVER + "app.config..", SERVER + "http.document..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.snakeyaml..");

    /** An asciicast is JSON. */
    @ArchTest
    static final ArchRule THE_DOMAIN_READS_NO_JSON = noClasses()
            .that()
            .resideInAnyPackage("dev.bellhop.server..")
            .and()
            .resideOutsideOfPackages(
                    SERVER + "hypervisor..",
                    SERVER + "http..",
                    SERVER + "store..",
                    SERVER + "cluster..",
                    SERVER + "recording..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("tools.jackson..");

    /** A server of its own needs no NATS, and loads nothing of it. */
    @ArchTest
    static final ArchRule ONE_PACKAGE_ALONE_KNOWS_NATS = only("cluster.nats", "io.nats..");

    @ArchTest
    static final ArchRule LIBRARIES_KNOW_NO_SERVER = noClasses()
            .that()
            .resideInAnyPackage("dev.bellhop.qga..", "dev.bellhop.api..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.bellhop.server..");

    private static ArchCondition<JavaClass> knowOnlyWhatIsBelow() {
        return new ArchCondition<>("know only the packages below them") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                String from = name(type);
                @Nullable String allowed = ARROWS.get(from);
                if (allowed == null) {
                    events.add(SimpleConditionEvent.violated(type, "the package " + from + " has no row in ARROWS"));
                    return;
                }
                Set<String> below = Set.of(allowed.split(" "));
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    String to = name(target);
                    if (target.getPackageName().startsWith(BELLHOP) && !to.equals(from) && !below.contains(to)) {
                        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static String name(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(SERVER) ? name.substring(SERVER.length()) : name.replaceFirst("^" + BELLHOP, ":");
    }

    /** A slice is a file: a class with all that is nested in it. */
    private static final class Files implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            JavaClass outermost = type;
            while (outermost.getEnclosingClass().isPresent()) {
                outermost = outermost.getEnclosingClass().get();
            }
            return outermost.getPackageName().startsWith(SERVER)
                    ? SliceIdentifier.of(outermost.getName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "files";
        }
    }

    private static ArchRule only(String part, String... packages) {
        return noClasses()
                .that()
                .resideInAPackage("dev.bellhop..")
                .and()
                .resideOutsideOfPackage(SERVER + part + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages);
    }
}
