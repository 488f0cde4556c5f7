//! A task definition, as [RegisterTaskDefinition](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html)
//! takes it.

use secretfetch::Result;

use super::delivery::{Delivery, PROGRAM_DIRECTORY, install, list, quoted, started};

pub(super) fn task_definition(delivery: &Delivery) -> Result<String> {
    delivery.refuse_templates("a task definition")?;
    let Delivery { app, directory, .. } = delivery;
    let region = quoted(delivery.plan.region().map_or("REGION", |region| region.as_str()));
    let logs = |prefix: &str| {
        format!(
            "{{\n        \"logDriver\": \"awslogs\",\n        \"options\": {{\"awslogs-group\": \"/ecs/{app}\", \
             \"awslogs-region\": {region}, \"awslogs-stream-prefix\": \"{prefix}\"}}\n      }}"
        )
    };
    // There is no file for it: the container's environment has the configuration.
    let inline = format!("[{{\"name\": \"SECRETFETCH_CONFIG_INLINE\", \"value\": {}}}]", quoted(&delivery.text));
    let words = delivery.arguments(None, delivery.mode_for_others());
    let volume = |name: &str, path: &str, is_read_only: bool| {
        let path = quoted(path);
        format!("{{\"sourceVolume\": \"{name}\", \"containerPath\": {path}, \"readOnly\": {is_read_only}}}")
    };
    let files = |is_read_only| delivery.has_files().then(|| volume("files", directory, is_read_only));
    let program = |is_read_only| volume("program", PROGRAM_DIRECTORY, is_read_only);
    let (provider, app_lines, mounts, app_mounts) = if delivery.is_exec() {
        let all = started(words);
        let app_lines = format!("\n      \"entryPoint\": {},\n      \"environment\": {inline},", list(&all));
        let app_mounts = [Some(program(true)), files(false)].into_iter().flatten().collect::<Vec<_>>().join(", ");
        (format!("\"command\": {}", list(&install())), app_lines, program(false), app_mounts)
    } else {
        let provider = format!("\"command\": {},\n      \"environment\": {inline}", list(&words));
        (provider, String::new(), files(false).unwrap_or_default(), files(true).unwrap_or_default())
    };
    let volumes = [("files", delivery.has_files()), ("program", delivery.is_exec())];
    let volumes: Vec<String> =
        volumes.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| format!("{{\"name\": \"{name}\"}}")).collect();
    Ok(format!(
        r#"{{
  "family": "{app}",
  "requiresCompatibilities": ["FARGATE"],
  "runtimePlatform": {{"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}},
  "networkMode": "awsvpc",
  "cpu": "256",
  "memory": "512",
  "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
  "taskRoleArn": "arn:aws:iam::123456789012:role/{app}",
  "volumes": [{}],
  "containerDefinitions": [
    {{
      "name": "secretfetch",
      "image": "secretfetch:latest",
      "essential": false,
      "user": "0:0",
      "readonlyRootFilesystem": true,
      "linuxParameters": {{"capabilities": {{"drop": ["ALL"]}}}},
      {provider},
      "startTimeout": {},
      "mountPoints": [{mounts}],
      "logConfiguration": {}
    }},
    {{
      "name": "{app}",
      "image": "your-service:latest",
      "essential": true,{app_lines}
      "dependsOn": [{{"containerName": "secretfetch", "condition": "SUCCESS"}}],
      "mountPoints": [{app_mounts}],
      "logConfiguration": {}
    }}
  ]
}}
"#,
        volumes.join(", "),
        delivery.patience().clamp(2, 120),
        logs("secretfetch"),
        logs(app),
    ))
}
