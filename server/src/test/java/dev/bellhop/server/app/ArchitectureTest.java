// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which part of the server may know which. ARCHITECTURE.md draws the same arrows. */
@AnalyzeClasses(packages = "dev.bellhop", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String SERVER = "dev.bellhop.server.";

    @ArchTest
    static final ArchRule FAILURE_KNOWS_NOTHING = part("failure").mayKnow();

    @ArchTest
    static final ArchRule VM_KNOWS_FAILURES = part("vm").mayKnow("failure");

    @ArchTest
    static final ArchRule LIMIT_KNOWS_NOTHING = part("limit").mayKnow();

    @ArchTest
    static final ArchRule TENANT_KNOWS_NOTHING = part("tenant").mayKnow();

    @ArchTest
    static final ArchRule HYPERVISOR_KNOWS_VMS_AND_AGENTS =
            part("hypervisor").mayKnow("vm", "failure", "dev.bellhop.qga", "dev.bellhop.api.retry");

    @ArchTest
    static final ArchRule GUEST_KNOWS_HYPERVISORS =
            part("guest").mayKnow("hypervisor", "vm", "failure", "dev.bellhop.qga");

    @ArchTest
    static final ArchRule EXECUTION_KNOWS_HYPERVISORS = part("execution")
            .mayKnow(
                    "guest",
                    "hypervisor",
                    "limit",
                    "tenant",
                    "vm",
                    "failure",
                    "dev.bellhop.qga",
                    "dev.bellhop.api.approval",
                    "dev.bellhop.api.retry");

    @ArchTest
    static final ArchRule OPERATION_KNOWS_HYPERVISORS =
            part("operation").mayKnow("guest", "hypervisor", "tenant", "vm", "failure", "dev.bellhop.qga");

    @ArchTest
    static final ArchRule ACCESS_KNOWS_VMS_AND_POLICIES =
            part("access").mayKnow("policy", "limit", "tenant", "vm", "failure");

    @ArchTest
    static final ArchRule POLICY_KNOWS_FAILURES = part("policy").mayKnow("tenant", "failure");

    @ArchTest
    static final ArchRule AUDIT_KNOWS_VMS_AND_RECORDS =
            part("audit").mayKnow("tenant", "vm", "failure", "dev.bellhop.api.audit");

    @ArchTest
    static final ArchRule MASKING_KNOWS_FAILURES = part("masking").mayKnow("tenant", "failure");

    @ArchTest
    static final ArchRule STORE_KNOWS_WHAT_IT_STORES = part("store")
            .mayKnow(
                    "encryption",
                    "execution",
                    "operation",
                    "access",
                    "policy",
                    "audit",
                    "masking",
                    "tenant",
                    "vm",
                    "failure",
                    "dev.bellhop.api.audit");

    @ArchTest
    static final ArchRule ENCRYPTION_KNOWS_NOTHING = part("encryption").mayKnow();

    @ArchTest
    static final ArchRule TLS_KNOWS_NOTHING = part("tls").mayKnow();

    @ArchTest
    static final ArchRule VMS_KNOWS_WHAT_VMS_CAN =
            part("vms").mayKnow("guest", "operation", "hypervisor", "vm", "failure", "dev.bellhop.qga");

    @ArchTest
    static final ArchRule WHO_SERVES_CALLERS_KNOWS_VMS_BY_THE_SEAM = noClasses()
            .that()
            .resideInAnyPackage(SERVER + "service..", SERVER + "http..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SERVER + "hypervisor..")
            .orShould()
            .dependOnClassesThat()
            .haveSimpleName("AgentHealth");

    @ArchTest
    static final ArchRule SERVICE_KNOWS_WHAT_IT_ASKS = part("service")
            .mayKnow(
                    "vms",
                    "execution",
                    "guest",
                    "operation",
                    "access",
                    "policy",
                    "audit",
                    "masking",
                    "encryption",
                    "limit",
                    "tenant",
                    "vm",
                    "failure",
                    "dev.bellhop.api",
                    "dev.bellhop.qga");

    @ArchTest
    static final ArchRule HTTP_KNOWS_ALL_BUT_STORE_AND_APP = part("http")
            .mayKnow(
                    "vms",
                    "service",
                    "execution",
                    "guest",
                    "operation",
                    "access",
                    "policy",
                    "audit",
                    "masking",
                    "encryption",
                    "tls",
                    "limit",
                    "tenant",
                    "vm",
                    "failure",
                    "dev.bellhop.api",
                    "dev.bellhop.qga");

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
    static final ArchRule STORE_ALONE_KNOWS_SQL =
            only("store", "java.sql..", "javax.sql..", "org.jdbi..", "org.sqlite..", "org.flywaydb..", "com.zaxxer..");

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
    static final ArchRule APP_ALONE_KNOWS_YAML = only("app", "org.snakeyaml..");

    @ArchTest
    static final ArchRule THE_DOMAIN_READS_NO_JSON = noClasses()
            .that()
            .resideInAnyPackage("dev.bellhop.server..")
            .and()
            .resideOutsideOfPackages(SERVER + "hypervisor..", SERVER + "http..", SERVER + "store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("tools.jackson..");

    @ArchTest
    static final ArchRule LIBRARIES_KNOW_NO_SERVER = noClasses()
            .that()
            .resideInAnyPackage("dev.bellhop.qga..", "dev.bellhop.api..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.bellhop.server..");

    /** One part, of which it is to be said what it may know of Bellhop's own. */
    private record Part(String name) {
        ArchRule mayKnow(String... others) {
            String[] allowed = new String[others.length + 1];
            allowed[0] = SERVER + name + "..";
            for (int i = 0; i < others.length; i++) {
                allowed[i + 1] = (others[i].startsWith("dev.") ? others[i] : SERVER + others[i]) + "..";
            }
            return noClasses()
                    .that()
                    .resideInAPackage(SERVER + name + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("dev.bellhop..").and(resideOutsideOfPackages(allowed)));
        }
    }

    private static Part part(String name) {
        return new Part(name);
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
