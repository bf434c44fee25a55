/** What a tab of GraphiQL holds before its person has written anything. */
export const FIRST_QUERY = `# Only what you ask for is fetched.
# Ctrl+Enter runs, Ctrl+Space suggests a field.
# The book on the left explains the graph,
# the folder there builds a query by clicking.

query EmployeeCard {
  employee(by: { login: "employee" }) {
    id
    login
    name {
      display
    }
  }
}
`;
