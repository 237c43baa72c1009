use crate::host::function_json::{Function, assert_contract};

#[test]
fn function_json_is_as_the_code_expects() {
    let json = include_str!("function.json");
    assert_contract(&Function {
        name: super::NAME,
        folder: module_path!(),
        json,
        bindings: &[
            (super::REQUEST, "httpTrigger", "in"),
            (super::CLIENT, "durableClient", "in"),
            (super::STARTER, "durableClient", "out"),
            (super::RESPONSE, "http", "out"),
        ],
        retry: None,
    });
    assert!(json.contains(r#""route": "trigger-update""#));
}
