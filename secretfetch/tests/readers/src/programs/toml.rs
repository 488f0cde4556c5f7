//! TOML through the crate of that name.

use toml::Value;

use crate::tree::Tree;

/// The tables of a document, their members in the order of their names.
pub fn parse(text: &str) -> Result<Tree, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    tree(&Value::Table(table))
}

fn tree(value: &Value) -> Result<Tree, String> {
    Ok(match value {
        Value::String(text) => Tree::Text(text.clone()),
        Value::Integer(number) => Tree::Number(number.to_string()),
        Value::Float(number) => Tree::Number(format!("{number:?}")),
        Value::Boolean(value) => Tree::Bool(*value),
        Value::Array(items) => Tree::List(items.iter().map(tree).collect::<Result<_, _>>()?),
        Value::Table(members) => {
            let member = |(name, value): (&String, &Value)| Ok::<_, String>((name.clone(), tree(value)?));
            let mut members = members.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Tree::Map(members)
        }
        Value::Datetime(_) => return Err("a date, which no secret has".to_owned()),
    })
}
