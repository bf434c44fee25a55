import { createRoot } from "react-dom/client";

import { takeTokenFromAddress } from "../session/token";
import { Page } from "./page";
import "./page.css";

// Before the first paint, so that the token is not in the address when anyone can look at it.
takeTokenFromAddress();

const place = document.getElementById("page");
if (place === null) throw new Error("graphiql.html has no place for the page");
createRoot(place).render(<Page />);
